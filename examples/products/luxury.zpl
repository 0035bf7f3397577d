^XA
^FX SPDX-License-Identifier: LGPL-2.1-or-later^FS
^FX 30 x 20 mm at 203 dpi^FS
^CI28
^PW240
^LL160
^LH0,0
^FX write the EPC, and its length into the PC (bank A); then read EPC and TID back and tell the host^FS
^RS8,,,1,E^FS
^RFW,H,,,A^FD{{epc_hex|hex}}^FS
^RFR,H,,,A^FN1^FS
^RFR,H,0,12,2^FN2^FS
^FH_^HV1,56,EPC[,]_0D_0A,L^FS
^FH_^HV2,24,TID[,]_0D_0A,L^FS
^FX a telephone reads upper case best in alphanumeric mode, but a link's case counts: it stays^FS
^FO16,14^BQN,2,4^FH_^FDMA,{{digital_link}}^FS
^FO166,20^A0N,18,9^FH_^FD{{part_number}}^FS
^FO166,128^A0N,18,6^FH_^FD{{serial}}^FS
^PQ1
^XZ
