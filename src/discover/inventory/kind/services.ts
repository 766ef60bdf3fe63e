/** What services say about who serves them and who asks for them, where no command is read. */
import type { Weights } from '../clues.ts'

export interface ServiceMeaning {
  readonly label: string
  /** Of who answers. */
  readonly serves?: Weights
  /** Of who asks, or sends where nobody answers. */
  readonly asks?: Weights
}

const controllers: Readonly<Record<string, ServiceMeaning>> = {
  'tcp/102': { label: 'ISO transport (S7, IEC 61850 MMS)', serves: { plc: 0.4, relay: 0.3 } },
  'udp/34964': { label: 'PROFINET connection management', serves: { io: 0.5, drive: 0.2 }, asks: { plc: 0.6 } },
  'tcp/9600': { label: 'Omron FINS', serves: { plc: 0.7 } },
  'udp/9600': { label: 'Omron FINS', serves: { plc: 0.7 } },
  'tcp/5006': { label: 'MELSEC', serves: { plc: 0.6 } },
  'tcp/5007': { label: 'MELSEC', serves: { plc: 0.6 } },
  'udp/5006': { label: 'MELSEC', serves: { plc: 0.6 } },
  'tcp/1962': { label: 'PC Worx', serves: { plc: 0.7 }, asks: { engineering: 0.5 } },
  'tcp/20547': { label: 'ProConOS', serves: { plc: 0.7 }, asks: { engineering: 0.5 } },
  'tcp/11740': { label: 'CODESYS', serves: { plc: 0.6 }, asks: { engineering: 0.4 } },
  'tcp/1217': { label: 'CODESYS', serves: { plc: 0.5 }, asks: { engineering: 0.4 } },
  'tcp/2455': { label: 'CODESYS', serves: { plc: 0.6 }, asks: { engineering: 0.4 } },
  'tcp/48898': { label: 'Beckhoff ADS', serves: { plc: 0.6 } },
  'tcp/18245': { label: 'GE SRTP', serves: { plc: 0.7 } },
  'tcp/18246': { label: 'GE SRTP', serves: { plc: 0.7 } },
  'udp/1502': { label: 'TriStation', serves: { sis: 0.9 }, asks: { engineering: 0.7 } },
  'tcp/5094': { label: 'HART-IP', serves: { gateway: 0.5, io: 0.3 } },
  'udp/5094': { label: 'HART-IP', serves: { gateway: 0.5, io: 0.3 } },
  'tcp/1911': { label: 'Niagara Fox', serves: { gateway: 0.4, server: 0.3 } },
  'tcp/789': { label: 'Red Lion Crimson', serves: { hmi: 0.6 }, asks: { engineering: 0.5 } },
  'tcp/10307': { label: 'Lantronix serial tunnel', serves: { gateway: 0.5 } },
  'udp/30718': { label: 'Lantronix discovery', serves: { gateway: 0.6 } },
  'tcp/4001': { label: 'serial port over TCP', serves: { gateway: 0.35 } },
  'udp/4800': { label: 'Moxa discovery', serves: { gateway: 0.4 } },
}

const servers: Readonly<Record<string, ServiceMeaning>> = {
  'udp/53': { label: 'DNS', serves: { server: 0.6, router: 0.2 } },
  'tcp/53': { label: 'DNS', serves: { server: 0.6 } },
  'udp/67': { label: 'DHCP', serves: { server: 0.55, router: 0.25 } },
  'udp/68': { label: 'DHCP to its clients', asks: { server: 0.55, router: 0.25 } },
  'tcp/88': { label: 'Kerberos', serves: { server: 0.85 } },
  'udp/88': { label: 'Kerberos', serves: { server: 0.85 } },
  'tcp/389': { label: 'LDAP', serves: { server: 0.8 } },
  'udp/389': { label: 'LDAP', serves: { server: 0.8 } },
  'tcp/636': { label: 'LDAP over TLS', serves: { server: 0.8 } },
  'udp/123': { label: 'NTP', serves: { server: 0.25, router: 0.1 } },
  'udp/514': { label: 'syslog', serves: { server: 0.35 } },
  'udp/162': { label: 'SNMP traps', serves: { server: 0.35 } },
  'tcp/25': { label: 'SMTP', serves: { server: 0.6 } },
  'tcp/445': { label: 'SMB', serves: { server: 0.35, workstation: 0.2 }, asks: { workstation: 0.35 } },
  'tcp/139': { label: 'NetBIOS sessions', serves: { server: 0.3, workstation: 0.2 }, asks: { workstation: 0.3 } },
  'udp/137': { label: 'NetBIOS names', asks: { workstation: 0.2 } },
  'udp/138': { label: 'NetBIOS datagrams', asks: { workstation: 0.2 } },
  'udp/5355': { label: 'LLMNR', asks: { workstation: 0.2 } },
  'tcp/3389': { label: 'remote desktop', serves: { server: 0.3, workstation: 0.25 }, asks: { workstation: 0.3 } },
  'tcp/5900': { label: 'VNC', serves: { hmi: 0.35 }, asks: { workstation: 0.25 } },
  'tcp/1433': { label: 'SQL Server', serves: { server: 0.55, historian: 0.25 } },
  'tcp/3306': { label: 'MySQL', serves: { server: 0.6 } },
  'tcp/5432': { label: 'PostgreSQL', serves: { server: 0.6 } },
  'tcp/1521': { label: 'Oracle', serves: { server: 0.6 } },
  'tcp/5450': { label: 'PI', serves: { historian: 0.85 } },
  'tcp/1883': { label: 'MQTT', serves: { server: 0.5 } },
  'tcp/8883': { label: 'MQTT over TLS', serves: { server: 0.5 } },
  'tcp/8530': { label: 'Windows updates', serves: { server: 0.7 } },
  'tcp/2049': { label: 'NFS', serves: { server: 0.6 } },
}

const things: Readonly<Record<string, ServiceMeaning>> = {
  'tcp/9100': { label: 'printing (raw)', serves: { printer: 0.8 } },
  'tcp/515': { label: 'printing (LPD)', serves: { printer: 0.7 } },
  'tcp/631': { label: 'printing (IPP)', serves: { printer: 0.65 } },
  'tcp/554': { label: 'video (RTSP)', serves: { camera: 0.7 } },
  'udp/3956': { label: 'GigE Vision', serves: { camera: 0.8 } },
  'tcp/30002': { label: 'Universal Robots', serves: { robot: 0.7 } },
  'tcp/30003': { label: 'Universal Robots', serves: { robot: 0.7 } },
}

const networks: Readonly<Record<string, ServiceMeaning>> = {
  stp: { label: 'the spanning tree', asks: { switch: 0.6 } },
  cdp: { label: 'Cisco discovery', asks: { switch: 0.3, router: 0.2 } },
  'ethertype/0x88e3': { label: 'media redundancy (MRP)', asks: { switch: 0.35 } },
  'ip/89': { label: 'OSPF', asks: { router: 0.7 } },
  'ip/88': { label: 'EIGRP', asks: { router: 0.7 } },
  'ip/112': { label: 'VRRP', asks: { router: 0.75 } },
  'udp/1985': { label: 'HSRP', asks: { router: 0.75 } },
  'udp/520': { label: 'RIP', asks: { router: 0.6 } },
  'tcp/179': { label: 'BGP', serves: { router: 0.7 }, asks: { router: 0.7 } },
}

const layer2: Readonly<Record<string, ServiceMeaning>> = {
  'ethertype/0x88b8': { label: 'GOOSE', asks: { relay: 0.75 } },
  'ethertype/0x88ba': { label: 'sampled values', asks: { sensor: 0.5, relay: 0.25 } },
  'ethertype/0x8892': { label: 'PROFINET', serves: { plc: 0.25, io: 0.25 }, asks: { plc: 0.3, io: 0.25 } },
  'ethertype/0x88a4': { label: 'EtherCAT', serves: { io: 0.4 }, asks: { plc: 0.6 } },
  'ethertype/0x88ab': { label: 'POWERLINK', asks: { plc: 0.45, io: 0.25 } },
  'ethertype/0x88cd': { label: 'SERCOS III', asks: { plc: 0.35, drive: 0.3 } },
  'ethertype/0x890f': { label: 'CC-Link IE', asks: { plc: 0.45 } },
}

/** By the names of activity.ts. Ports: the IANA registry, and the makers' manuals where it has none. */
export const services: Readonly<Record<string, ServiceMeaning>> = {
  ...controllers,
  ...servers,
  ...things,
  ...networks,
  ...layer2,
}
