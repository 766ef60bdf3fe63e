/** Endpoints and conversations that tshark lists for a capture. */
import { execFile } from 'node:child_process'

export interface EndpointRow {
  readonly address: string
  readonly sent: number
  readonly received: number
}

export interface Statistics {
  readonly ethernet: readonly EndpointRow[]
  readonly ip: readonly EndpointRow[]
  /** Addresses of both ends; for TCP and UDP with ports behind a colon. */
  readonly conversations: Readonly<
    Record<'eth' | 'ip' | 'ipv6' | 'tcp' | 'udp', readonly (readonly [string, string])[]>
  >
}

const run = (words: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, WIRESHARK_CONFIG_DIR: '/nonexistent' }
    execFile('tshark', words, { encoding: 'utf8', maxBuffer: 2 ** 28, env }, (error, stdout, stderr) => {
      // A capture that is cut short ends with an error, after everything that is there.
      if (error === null || /cut short|damaged|corrupt/.test(stderr)) resolve(stdout)
      else reject(new Error(`tshark: ${stderr.trim()}`, { cause: error }))
    })
  })

const kinds = { eth: 'Ethernet', ip: 'IPv4', ipv6: 'IPv6', tcp: 'TCP', udp: 'UDP' } as const
const sectionOf = (text: string, title: string): readonly string[] =>
  (text.split(/={80}\n/).find((part) => part.startsWith(`${title}\n`)) ?? '').split('\n')

const endpointsOf = (text: string, title: string): EndpointRow[] =>
  sectionOf(text, title).flatMap((line) => {
    const [address = '', ...figures] = line.trim().split(/\s+/)
    if (figures.length < 6 || !/^[0-9a-f.:]+$/.test(address)) return []
    const [, , sent, , received] = figures.map(Number)
    return [{ address, sent: sent ?? 0, received: received ?? 0 }]
  })

export const statisticsOf = async (file: string): Promise<Statistics> => {
  const taps = Object.keys(kinds).flatMap((kind) => ['-z', `conv,${kind}`])
  const text = await run([
    '-n',
    '-r',
    file,
    '-q',
    ...taps,
    ...['eth', 'ip', 'ipv6'].flatMap((kind) => ['-z', `endpoints,${kind}`]),
  ])
  const conversationsOf = (kind: keyof typeof kinds) =>
    sectionOf(text, `${kinds[kind]} Conversations`).flatMap((line) => {
      const [, a, b] = /^(\S+)\s+<-> (\S+)\s/.exec(line) ?? []
      return a === undefined || b === undefined ? [] : [[a, b] as const]
    })
  return {
    ethernet: endpointsOf(text, 'Ethernet Endpoints'),
    ip: [...endpointsOf(text, 'IPv4 Endpoints'), ...endpointsOf(text, 'IPv6 Endpoints')],
    conversations: {
      eth: conversationsOf('eth'),
      ip: conversationsOf('ip'),
      ipv6: conversationsOf('ipv6'),
      tcp: conversationsOf('tcp'),
      udp: conversationsOf('udp'),
    },
  }
}
