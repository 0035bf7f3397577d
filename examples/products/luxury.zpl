^XA
^FX SPDX-License-Identifier: LGPL-2.1-or-later^FS
^FX 30 x 20 mm at 203 dpi^FS
^CI28
^PW240
^LL160
^LH0,0
^FX a telephone reads upper case best in alphanumeric mode, but a link's case counts: it stays^FS
^FO16,14^BQN,2,4^FH_^FDMA,{{digital_link}}^FS
^FO166,20^A0N,18,9^FH_^FD{{part_number}}^FS
^FO166,128^A0N,18,6^FH_^FD{{serial}}^FS
^PQ1
^XZ
