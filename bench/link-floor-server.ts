/** The least that a manager could be: mutual TLS 1.3, WebSockets, and nothing behind them. Started by link-floor.ts, asked over IPC. */
import { constants } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { type WebSocket, WebSocketServer } from 'ws'
import { linkProtocol } from '#schema/link-frames.ts'

export interface FloorSetup {
  readonly ca: string
  readonly cert: string
  readonly key: string
  readonly where: { readonly path: string } | { readonly host: string; readonly port: number }
  /** Without session tickets and without ML-KEM, whose shares OpenSSL keeps as long as the connection lives. */
  readonly lean: boolean
}
export type FloorQuestion = { readonly setup: FloorSetup } | 'memory' | { readonly send: string }
export interface Memory {
  /** kB */
  readonly rss: number
  readonly pss: number
  readonly connections: number
}
export type FloorAnswer = { readonly listening: number | undefined } | Memory | { readonly cpuMs: number }

const all = new Set<WebSocket>()
const answer = (what: FloorAnswer): void => void process.send?.(what)

const memory = async (): Promise<Memory> => {
  // What is only waiting to be collected is no cost of a connection.
  for (let round = 0; round < 3; round++) {
    await sleep(100)
    globalThis.gc?.()
  }
  const rollup = readFileSync('/proc/self/smaps_rollup', 'utf8')
  const of = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1])
  return { rss: of('Rss'), pss: of('Pss'), connections: all.size }
}

const listen = ({ ca, cert, key, where, lean }: FloorSetup): void => {
  const server = createServer({
    ca,
    cert,
    key,
    requestCert: true,
    minVersion: 'TLSv1.3',
    ...(lean ? { ecdhCurve: 'X25519', secureOptions: constants.SSL_OP_NO_TICKET } : {}),
  })
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    clientTracking: false,
    skipUTF8Validation: true,
    handleProtocols: () => linkProtocol,
  })
  server.on('upgrade', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (ws) => {
      all.add(ws)
      ws.on('close', () => all.delete(ws))
      ws.on('error', () => undefined)
    }),
  )
  server.listen({ ...where, backlog: 4096 }, () => {
    const address = server.address()
    answer({ listening: typeof address === 'object' ? address?.port : undefined })
  })
}

process.on('message', (question: FloorQuestion) => {
  if (question === 'memory') void memory().then(answer)
  else if ('setup' in question) listen(question.setup)
  else {
    const start = process.cpuUsage()
    for (const ws of all) ws.send(question.send)
    const { user, system } = process.cpuUsage(start)
    answer({ cpuMs: (user + system) / 1000 })
  }
})
process.on('disconnect', () => process.exit())
