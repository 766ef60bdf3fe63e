/** What a capture holds, whatever the protocol: read once, however many protocols are compared over it. */
import { Headers } from '#packet/headers.ts'
import { LinkLayer } from '#packet/link-layer.ts'
import { ipProtocols } from '#packet/numbers.ts'
import { recordsOf } from './captures.ts'

export interface Contents {
  /** Records. */
  readonly count: number
  /** Ports that anything comes from or goes to: `tcp 502`. */
  readonly ports: ReadonlySet<string>
  /** Both addresses of each conversation, of TCP with their ports. */
  readonly conversations: ReadonlySet<string>
}

const known = new Map<string, Contents>()

const read = (file: string): Contents => {
  const headers = new Headers()
  const link = new LinkLayer()
  const ports = { tcp: new Set<number>(), udp: new Set<number>() }
  const conversations = new Set<string>()
  let count = 0
  for (const { bytes, linkType } of recordsOf(file)) {
    count++
    const { content, offset } = link.read(linkType, bytes)
    if (content === 'ethernet') headers.readFrame(bytes, offset, bytes.length)
    else if (content === 'ip') headers.readIp(bytes, offset, bytes.length)
    else continue
    if (!headers.ok && headers.problem !== 'cut-short') continue
    const isTcp = headers.protocol === ipProtocols.tcp
    const { family, sport, dport, srcOffset, dstOffset } = headers
    if (isTcp || headers.protocol === ipProtocols.udp)
      for (const port of [sport, dport]) ports[isTcp ? 'tcp' : 'udp'].add(port)
    const end = (at: number, port: number) =>
      `${Buffer.from(bytes.buffer, bytes.byteOffset + at, family === 4 ? 4 : 16).toString('latin1')}${isTcp ? port : ''}`
    conversations.add([end(srcOffset, sport), end(dstOffset, dport)].toSorted().join(' '))
  }
  const names = Object.entries(ports).flatMap(([transport, numbers]) =>
    [...numbers].map((one) => `${transport} ${one}`),
  )
  return { count, ports: new Set(names), conversations }
}

export const contentsOf = (file: string): Contents => {
  const contents = known.get(file) ?? read(file)
  known.set(file, contents)
  return contents
}
