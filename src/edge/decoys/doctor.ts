/** What doctor looks at for decoys. */
import { readFileSync } from 'node:fs'
import { findCommand, hasLinkKind } from '#linux/kernel-probe.ts'
import { capability, hasCapability } from '#linux/process.ts'
import type { Finding } from '#schema/control.ts'
import type { Edge } from '../context.ts'
import { decoyFindings, type DecoyMachine } from './findings.ts'

const commands = ['ip', 'bridge', 'unshare', 'choom', 'setpriv', 'prlimit'] as const
const capabilities = {
  CAP_SYS_ADMIN: capability.sysAdmin,
  CAP_SETPCAP: capability.setPcap,
  CAP_SETUID: capability.setUid,
  CAP_SETGID: capability.setGid,
  CAP_KILL: capability.kill,
} as const

const hostOf = (pid: number | undefined): DecoyMachine['host'] => {
  if (pid === undefined) return undefined
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const sets = [...status.matchAll(/^Cap(?:Inh|Prm|Eff|Bnd|Amb):\s*([0-9a-f]+)$/gm)]
    const uid = /^Uid:\s*(\d+)/m.exec(status)?.[1]
    if (uid === undefined || sets.length === 0) return undefined
    return { uid: Number(uid), capabilities: sets.reduce((all, [, set]) => all | BigInt(`0x${set}`), 0n) }
  } catch {
    // It ended meanwhile.
    return undefined
  }
}

export const decoyDoctor = (edge: Edge): Finding[] => {
  const list = edge.decoys.status() === undefined ? undefined : edge.decoys.list(edge)
  return decoyFindings({
    plan: edge.plan,
    list,
    alarm: edge.alarms.get('decoys'),
    machine: {
      missingCommands: commands.filter((name) => findCommand(name) === undefined),
      missingCapabilities: Object.entries(capabilities).flatMap(([name, number]) =>
        hasCapability(number) ? [] : [name],
      ),
      macvlan: hasLinkKind('macvlan', undefined),
      host: hostOf(list?.host.pid),
    },
  })
}
