^XA
^FX SPDX-License-Identifier: LGPL-2.1-or-later^FS
^FX 3 x 2 inch at 203 dpi with a UHF tag: write the EPC, then read EPC and TID back and tell the host^FS
^CI28
^PW609
^LL406
^LH0,0
^RS8,,,1,E^FS
^RFW,H^FD{{epc_hex|hex}}^FS
^RFR,H,0,12,E^FN1^FS
^RFR,H,0,12,2^FN2^FS
^FH_^HV1,24,EPC[,]_0D_0A,L^FS
^FH_^HV2,24,TID[,]_0D_0A,L^FS
^FX who made it, and what it is^FS
^FO24,22^A0N,24,16^FH_^FD{{manufacturer}}^FS
^FO24,54^A0N,45,30^FH_^FD{{part_number}}^FS
^FO24,106^A0N,24,16^FH_^FD{{product}}^FS
^FO24,140^GB392,3,3^FS
^FX for people^FS
^FO24,156^A0N,18,12^FDSERIAL^FS
^FO24,178^A0N,36,24^FH_^FD{{serial}}^FS
^FO24,222^A0N,18,12^FDLOT^FS
^FO84,222^A0N,18,12^FH_^FD{{lot}}^FS
^FX for the web: GS1 Digital Link^FS
^FO440,22^BQN,2,5^FH_^FDMA,{{digital_link}}^FS
^FX for the line: GS1 DataMatrix, its escape character @, so that @1 is FNC1^FS
^FO24,254^BXN,7,200,,,,@^FH_^FD@1{{element}}^FS
^FO176,262^A0N,27,18^FD(01)^FS
^FO256,262^A0N,27,18^FH_^FD{{gtin}}^FS
^FO176,298^A0N,27,18^FD(21)^FS
^FO256,298^A0N,27,18^FH_^FD{{serial}}^FS
^FO176,340^A0N,18,12^FDEPC^FS
^FO224,340^A0N,18,12^FD{{epc_hex|hex}}^FS
^PQ1
^XZ
