/** Services by port that matter for exposure, and what is known about each. */
import type { Conversation } from '../model.ts'

export interface Service {
  readonly name: string
  /** Logs in, or moves what it is asked for, without encryption. */
  readonly clearText?: true
  /** Shows or gives a person the machine itself. */
  readonly remote?: true
  /** Points when a controller offers it: how much it gives away. */
  readonly unneeded?: number
  /** What a machine does that offers it. */
  readonly role?: string
}

const tcp: Readonly<Record<number, Service>> = {
  21: { name: 'FTP', clearText: true, unneeded: 15, role: 'serves files' },
  22: { name: 'SSH', remote: true, unneeded: 5 },
  23: { name: 'Telnet', clearText: true, remote: true, unneeded: 20 },
  69: { name: 'TFTP', unneeded: 15 },
  80: { name: 'HTTP', unneeded: 5 },
  139: { name: 'NetBIOS session', unneeded: 15, role: 'serves files' },
  445: { name: 'SMB', unneeded: 15, role: 'serves files' },
  512: { name: 'rexec', clearText: true, remote: true, unneeded: 20 },
  513: { name: 'rlogin', clearText: true, remote: true, unneeded: 20 },
  514: { name: 'rsh', clearText: true, remote: true, unneeded: 20 },
  1433: { name: 'Microsoft SQL Server', role: 'serves a database' },
  1521: { name: 'Oracle Database', role: 'serves a database' },
  2049: { name: 'NFS', role: 'serves files' },
  3306: { name: 'MySQL', role: 'serves a database' },
  3389: { name: 'Remote Desktop', remote: true, unneeded: 15 },
  4899: { name: 'Radmin', remote: true },
  5432: { name: 'PostgreSQL', role: 'serves a database' },
  5631: { name: 'pcAnywhere', remote: true },
  5800: { name: 'VNC over HTTP', remote: true, clearText: true, unneeded: 15 },
  5938: { name: 'TeamViewer', remote: true },
  5985: { name: 'WinRM', remote: true },
  5986: { name: 'WinRM', remote: true },
  6568: { name: 'AnyDesk', remote: true },
  7070: { name: 'AnyDesk', remote: true },
  8080: { name: 'HTTP', unneeded: 5 },
}
const udp: Readonly<Record<number, Service>> = {
  69: { name: 'TFTP', clearText: true, unneeded: 15 },
  161: { name: 'SNMP', unneeded: 0 },
  3389: { name: 'Remote Desktop', remote: true },
  5632: { name: 'pcAnywhere', remote: true },
  5938: { name: 'TeamViewer', remote: true },
}
/** RFC 6143, 1.1: display N is port 5900 + N. */
const vnc: Service = { name: 'VNC', clearText: true, remote: true, unneeded: 15 }
const vncDisplays = 10

export const serviceAt = ({ transport, port }: Pick<Conversation, 'transport' | 'port'>): Service | undefined => {
  if (transport === undefined || port === undefined) return undefined
  if (transport === 'tcp' && port >= 5900 && port < 5900 + vncDisplays) return vnc
  return (transport === 'tcp' ? tcp : udp)[port]
}
