/** Who is where on a wire, as the kernel has seen it. */
import { execFile } from 'node:child_process'

export interface Forwarding {
  readonly mac: string
  readonly device: string
  /** Learnt from a frame, not set and not the interface's own. */
  readonly learnt: boolean
}

interface ForwardingRow {
  readonly mac?: string
  readonly ifname?: string
  readonly state?: string
  readonly master?: string
}

/** What a bridge knows of Ethernet addresses and the ports behind which they are; nothing where it cannot be read. */
export const forwardingTable = (bridge: string): Promise<readonly Forwarding[]> =>
  new Promise((resolve) => {
    execFile('bridge', ['-j', 'fdb', 'show', 'br', bridge], { maxBuffer: 64 << 20 }, (error, stdout) => {
      if (error !== null) return resolve([])
      try {
        const rows: ForwardingRow[] = JSON.parse(stdout || '[]')
        resolve(
          rows.flatMap(({ mac, ifname, state, master }) =>
            mac === undefined || ifname === undefined || master === undefined
              ? []
              : [{ mac, device: ifname, learnt: state !== 'permanent' && state !== 'static' }],
          ),
        )
      } catch {
        resolve([])
      }
    })
  })
