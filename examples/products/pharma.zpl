^XA
^FX SPDX-License-Identifier: LGPL-2.1-or-later^FS
^FX 40 x 20 mm at 203 dpi, for the side of a folding box^FS
^CI28
^PW320
^LL160
^LH0,0
^FO10,14^BXN,5,200,,,,@^FH_^FD{{gs1|fnc1}}^FS
^FO150,16^A0N,18,10^FDPC^FS
^FO180,16^A0N,18,9^FH_^FD{{gtin}}^FS
^FO150,50^A0N,18,10^FDSN^FS
^FO180,50^A0N,18,9^FH_^FD{{serial}}^FS
^FO150,84^A0N,18,10^FDLOT^FS
^FO190,84^A0N,18,9^FH_^FD{{lot}}^FS
^FO150,118^A0N,18,10^FDEXP^FS
^FO190,118^A0N,18,9^FD{{expiry|mm/yyyy}}^FS
^PQ1
^XZ
