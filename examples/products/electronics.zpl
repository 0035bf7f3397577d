^XA
^FX SPDX-License-Identifier: LGPL-2.1-or-later^FS
^FX 50 x 25 mm at 203 dpi^FS
^CI28
^PW400
^LL200
^LH0,0
^FX the message, its escape character @^FS
^FO16,20^BXN,5,200,,,,@^FH_^FD{{envelope|controls}}^FS
^FO196,22^A0N,20,10^FH_^FD{{manufacturer}}^FS
^FO196,50^A0N,30,20^FH_^FD{{part_number}}^FS
^FO196,88^A0N,18,12^FD(S)^FS
^FO256,84^A0N,24,16^FH_^FD{{serial}}^FS
^FO196,116^A0N,18,12^FD(1T)^FS
^FO256,112^A0N,24,16^FH_^FD{{lot}}^FS
^FO16,172^A0N,18,12^FH_^FD25S {{uii}}^FS
^PQ1
^XZ
