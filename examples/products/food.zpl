^XA
^FX SPDX-License-Identifier: LGPL-2.1-or-later^FS
^FX 100 x 50 mm at 203 dpi^FS
^CI28
^PW800
^LL400
^LH0,0
^FO30,24^A0N,36,24^FH_^FD{{manufacturer}}^FS
^FO30,74^A0N,30,20^FH_^FD{{part_number}}^FS
^FO30,120^A0N,22,14^FDUSE BY^FS
^FO30,146^A0N,44,28^FD{{expiry|dd.mm.yyyy}}^FS
^FO420,120^A0N,22,14^FDBATCH^FS
^FO420,146^A0N,44,28^FH_^FD{{lot}}^FS
^FX digits in pairs (>; subset C), the batch as text (>6); it comes last, so that no FNC1 ends it^FS
^BY2,3,120
^FO40,216^BCN,120,N,N,N,N^FH_^FD>;>801{{gtin|digits}}17{{expiry|yymmdd}}10>6{{lot}}^FS
^FO40,350^A0N,24,14^FH_^FD{{gs1_text}}^FS
^PQ1
^XZ
