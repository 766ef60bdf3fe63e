import { execFile } from 'node:child_process'
import { Fault } from '#core/errors.ts'

/** What the `ip` command said when it failed, for callers that know what the failure means. */
export class IpError extends Error {
  readonly args: readonly string[]

  constructor(args: readonly string[], message: string) {
    super(message)
    this.name = 'IpError'
    this.args = args
  }
}

/**
 * Runs `ip` with an argument array and returns what it printed.
 * @throws Fault `library-missing` without iproute2, `privileges-missing` when the kernel refuses, {@link IpError} otherwise
 */
export const runIp = (args: readonly string[], options: { namespace?: string | undefined } = {}): Promise<string> => {
  const full = options.namespace === undefined ? [...args] : ['-n', options.namespace, ...args]
  return new Promise((resolve, reject) => {
    execFile('ip', full, { maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout)
      if (error.code === 'ENOENT')
        return reject(new Fault('library-missing', 'The command `ip` (iproute2) is not installed.'))
      const said = stderr.trim().replace(/^RTNETLINK answers: /, '')
      if (/Operation not permitted|Permission denied/.test(said))
        return reject(new Fault('privileges-missing', `\`ip ${full.join(' ')}\` was refused: ${said}`))
      reject(new IpError(full, `\`ip ${full.join(' ')}\`: ${said || error.message}`))
    })
  })
}

/** One row of `ip -d -j link`, the fields that are used. */
export interface IpLink {
  readonly ifindex: number
  readonly ifname: string
  readonly flags: readonly string[]
  readonly mtu: number
  readonly operstate: string
  readonly address?: string
  readonly master?: string
  readonly link_type?: string
  readonly linkinfo?: {
    readonly info_kind?: string
    readonly info_data?: Readonly<Record<string, unknown>>
    readonly info_slave_kind?: string
    readonly info_slave_data?: Readonly<Record<string, unknown>>
  }
}

/** All links of a namespace with their details (`ip -d -j link show`). */
export const ipLinks = async (options: { namespace?: string | undefined } = {}): Promise<readonly IpLink[]> => {
  const rows: unknown = JSON.parse(await runIp(['-d', '-j', 'link', 'show'], options))
  return Array.isArray(rows) ? rows : []
}
