/** What models, descriptions and product families are, by their makers' names for them. The first row that matches decides. */
import type { Kind } from '../../model.ts'

export type Family = readonly [pattern: RegExp, kind: Kind, weight: number]

const safety: readonly Family[] = [
  [
    /\btricon(ex)?\b|\btrident\b|tristation|\bhima(x|trix)?\b|hiquad|ics triplex|prosafe|deltav sis|pss ?4000/i,
    'sis',
    0.95,
  ],
  [/safety manager|flexi ?soft|\bpnoz/i, 'sis', 0.9],
]

const siemens: readonly Family[] = [
  [/simatic ?hmi|\b(k?tp|mp|op|kp)\d{3,4}\b|comfort panel|basic panel|\b6av[2367]/i, 'hmi', 0.95],
  [/tia portal|\bstep ?7\b/i, 'engineering', 0.9],
  [/\bscalance[ _-]?(s|m)c?\d/i, 'firewall', 0.9],
  [/\bscalance\b|\b6gk5|ruggedcom/i, 'switch', 0.9],
  [/sinamics|micromaster|simodrive|masterdrives|\b6sl3/i, 'drive', 0.95],
  [/siprotec|\b7(sa|sj|sd|ut|vk)\d/i, 'relay', 0.95],
  [/sentron|\bpac ?[234][12]\d0\b/i, 'meter', 0.9],
  [/\bsicam\b|simatic rtu|\brtu30/i, 'rtu', 0.9],
  [/\bcpu ?\d{3,4}|\bs7[- ]?(200|300|400|1200|1500)|\b6es7 ?[2345](1\d)|\blogo!?/i, 'plc', 0.95],
  [/\bet ?200|\bim ?15\d|\b6es7 ?1[345]\d/i, 'io', 0.9],
  [/\bcp ?(243|343|443|1[25]43)|\b6gk7|simatic s7/i, 'plc', 0.85],
]

const rockwell: readonly Family[] = [
  [/panelview|\b2711/i, 'hmi', 0.95],
  [/powerflex|kinetix|\b2[02]-comm/i, 'drive', 0.95],
  [/stratix|\b1783-/i, 'switch', 0.95],
  [/powermonitor|\b1408-/i, 'meter', 0.95],
  [/point i\/?o|flex i\/?o|armorblock|\b17(32|34|38|94)[a-z]*-|\b5094-/i, 'io', 0.95],
  [/logix|\bslc[- ]?5|\bplc-5|\bmicro8\d\d|\b2080-|\b17(56|61|62|63|64|66|68|69|85|47)-l|\b5069-l/i, 'plc', 0.95],
  [/\b17(56|69|88|47)-/i, 'plc', 0.85],
]

const schneider: readonly Family[] = [
  [/magelis|\bhmi(g|s)[a-z]*\d|\bxbt/i, 'hmi', 0.95],
  [/altivar|\batv\d|lexium/i, 'drive', 0.95],
  [/powerlogic|\bpm[258]\d{2,3}|\bion ?\d{4}/i, 'meter', 0.95],
  [/scadapack/i, 'rtu', 0.95],
  [/\bsepam|micom|easergy p/i, 'relay', 0.95],
  [/tsxetg|\begx\d|link150/i, 'gateway', 0.9],
  [/connexium|\btcses/i, 'switch', 0.9],
  [/clearscada|geo scada|citect/i, 'scada', 0.9],
  [/advantys|\bstb ?n|\botb ?1/i, 'io', 0.9],
  [
    /modicon|\bm(340|580)\b|\bbm[ex] ?[pn]|\b140[ -]?(cpu|noe)|\btsx|momentum|\btm2[2456]\d|\bm2[2456][12]\b/i,
    'plc',
    0.95,
  ],
]

const control: readonly Family[] = [
  [/melsec|\bfx[35]u|\bq\d\d\w?ud|\biq-[rf]|\bac ?800m|\bac500|\bc[jps]1[a-z]|\bn[jx]\d{3}|sysmac/i, 'plc', 0.9],
  [/\b750-8\d\d|\bpfc[12]00|twincat|\bcx\d{4}|\bx20cp|rx3i|pacsystems|versamax|directlogic|\bh2-ecom/i, 'plc', 0.9],
  [
    /\b(ilc|axc) ?[fc]? ?\d{3,4}|unitronics|codesys|proconos|\bdl ?[024]\d\d\b|productivity ?[123]000|fatek/i,
    'plc',
    0.9,
  ],
  [/\b750-3\d\d|\bbk9\d|\bek1\d|\bx20bc|\badam-?\d|iologik|\btben|\baxl |\bfl il/i, 'io', 0.9],
  [/\bacs\d{3}|\bvlt\b|movi(drive|mot|gear)|unidrive|\bvfd\b|frequency (converter|inverter)/i, 'drive', 0.9],
  [/\bsel-?\d{3}|multilin|\bre[fltd][56]\d\d|\b[dflt][3469]0\b|protection relay/i, 'relay', 0.9],
  [/\brtu\d{2,3}|\bsage ?[23]\d|remote terminal unit|\bd20m|outstation/i, 'rtu', 0.9],
  [/\bkr ?c\d|\bkuka\b|fanuc rob|\br-30i|\birc5|\byrc\d|\bur(3|5|10|16|20)e?\b|robot/i, 'robot', 0.9],
  [/transmitter|flow ?meter|rosemount|promag|promass/i, 'sensor', 0.85],
  [/energy meter|power meter|smart meter/i, 'meter', 0.85],
]

const supervision: readonly Family[] = [
  [/pi (server|data archive|system)|historian|insql|\bip\.?21\b/i, 'historian', 0.9],
  [
    /wincc|ifix|intouch|ignition|zenon|factorytalk view|genesis(32|64)|movicon|experion|pcs ?7|deltav|wonderware/i,
    'scada',
    0.85,
  ],
  [/kepserver|kepware|opc (ua )?server/i, 'server', 0.75],
  [/rslogix|studio 5000|unity pro|control expert|somachine|codesys development/i, 'engineering', 0.9],
]

const network: readonly Family[] = [
  [
    /nport|mgate|anybus|nettap|serial (device )?server|protocol converter|lantronix|\bdigi (one|connect)/i,
    'gateway',
    0.9,
  ],
  [
    /fortigate|\bpa-\d{3}|tofino|eagle ?(20|30|40|one)|mguard|sonicwall|pfsense|opnsense|\basa ?55|firepower/i,
    'firewall',
    0.95,
  ],
  [
    /catalyst|\bie-?[2345]\d00|nexus|\beds-|\biks-|\brs[234]0\b|\bmach ?1?\d|bobcat|procurve|fl switch|lynx|redfox|switch/i,
    'switch',
    0.9,
  ],
  [/\bisr ?\d|\basr ?\d|\bir\d{3,4}\b|routeros|mikrotik|edgerouter|\brut\d|router/i, 'router', 0.85],
  [/laserjet|officejet|imagerunner|\bzt\d{3}|zebra|printer|ecosys|lexmark|\bmfc-/i, 'printer', 0.9],
  [/\baxis [mpq]\d|\bds-2|\bipc-h|network camera|ip camera|in-sight|webcam/i, 'camera', 0.9],
]

const systems: readonly Family[] = [
  [/windows server|windows nt server|\bvmware esx|proxmox|synology|\bqnap/i, 'server', 0.7],
  [/windows ce|windows embedded/i, 'hmi', 0.45],
  [/\bwindows\b/i, 'workstation', 0.35],
  [/vxworks|\bqnx\b/i, 'plc', 0.25],
]

export const families: readonly Family[] = [
  ...safety,
  ...siemens,
  ...rockwell,
  ...schneider,
  ...control,
  ...supervision,
  ...network,
  ...systems,
]

/** Words of host names that people give, and what they mean by them. */
export const nameWords: readonly Family[] = [
  [/^(plc|cpu|sps|dcs)$/, 'plc', 0.55],
  [/^(hmi|panel)$/, 'hmi', 0.55],
  [/^(hist|historian)$/, 'historian', 0.55],
  [/^(scada|wincc|mtu)$/, 'scada', 0.55],
  [/^(ews|eng|engineering|tia)$/, 'engineering', 0.55],
  [/^(rtu|outstation)$/, 'rtu', 0.55],
  [/^(sis|esd)$/, 'sis', 0.5],
  [/^(drive|vfd|vsd)$/, 'drive', 0.5],
  [/^(io|rio|et)$/, 'io', 0.4],
  [/^(relay|ied)$/, 'relay', 0.5],
  [/^(meter)$/, 'meter', 0.5],
  [/^(robot|rob)$/, 'robot', 0.5],
  [/^(sw|switch)$/, 'switch', 0.5],
  [/^(rtr|router)$/, 'router', 0.55],
  [/^(fw|firewall)$/, 'firewall', 0.55],
  [/^(srv|server|dc|sql)$/, 'server', 0.5],
  [/^(ws|pc|laptop|desktop|notebook)$/, 'workstation', 0.5],
  [/^(cam|camera)$/, 'camera', 0.5],
  [/^(prn|printer)$/, 'printer', 0.5],
]

/** What makers make most: weak, since most make many things. */
export const makers: readonly Family[] = [
  [/schweitzer|\bsel\b/i, 'relay', 0.4],
  [/danfoss|sew[- ]eurodrive|lenze/i, 'drive', 0.35],
  [/\bkuka\b|fanuc|universal robots|yaskawa/i, 'robot', 0.3],
  [/hirschmann|westermo|ruggedcom|\bcisco\b|juniper|aruba|ubiquiti|netgear|\bd-link/i, 'switch', 0.35],
  [/fortinet|palo alto|sonicwall|check ?point|watchguard/i, 'firewall', 0.45],
  [/mikrotik|teltonika/i, 'router', 0.4],
  [/\bmoxa\b|lantronix|\bdigi\b|hms industrial|hilscher|prosoft/i, 'gateway', 0.3],
  [/\baxis communications|hikvision|dahua|mobotix/i, 'camera', 0.5],
  [/\bzebra\b|brother|canon|kyocera|lexmark|seiko epson|ricoh/i, 'printer', 0.35],
  [/triconex|\bhima\b/i, 'sis', 0.6],
  [/turck|balluff|\bwago\b|murrelektronik|\bifm\b/i, 'io', 0.2],
  [/rockwell|allen-bradley|siemens|schneider|omron|mitsubishi electric|beckhoff|\bb&r\b|unitronics|koyo/i, 'plc', 0.15],
  [/vmware|supermicro/i, 'server', 0.2],
  [/\bdell\b|hewlett|lenovo|\bhp inc|\bintel\b|micro-star|asustek|gigabyte|microsoft/i, 'workstation', 0.2],
]
