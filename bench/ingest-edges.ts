/** Several edges that make events at a steady rate and send them in batches, two in flight each, as a link would. Prints what became of it. */
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { genesis, recordHash } from '#schema/chain.ts'
import { batchLimit, type SentEvent } from '#schema/link-frames.ts'

const [path = '', count = '8', rate = '20000', seconds = '10'] = process.argv.slice(2)
const tickMs = 50
const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** An id's text, cheaper than an edge makes it: this process must not be what is measured. */
const base32 = (value: number, length: number): string => {
  let text = ''
  for (let rest = value; text.length < length; rest = Math.floor(rest / 32)) text = digits[rest % 32]! + text
  return text
}

/** What there is of it in a plant: mostly what is only counted. */
const mix = [
  { class: 'P2', kind: 'would-deny', share: 0.6 },
  { class: 'P2', kind: 'conversation', share: 0.1 },
  { class: 'P1', kind: 'denial', share: 0.29 },
  { class: 'P0', kind: 'permit', share: 0.01 },
] as const

interface Moment {
  readonly time: string
  readonly prefix: string
}

const openEdge = (at: number) => {
  const edge = `edge-${at}`
  let [n, hash, seq, serial] = [0, genesis, 0, 0]
  const body = (of: (typeof mix)[number], { time, prefix }: Moment): string => {
    const x = serial++
    const id = `${prefix}${base32(x, 6)}0000000000`
    return `{"class":"${of.class}","conduit":"conduit-${x % 20}","count":${x % 50},"destination":{"asset":"plc-${x % 30}","ip":"198.18.1.${x % 30}"},"details":{"summary":true},"edge":"${edge}","first":"${time}","id":"${id}","kind":"${of.kind}","last":"${time}","port":502,"protocol":"tcp","reason":"no-conduit","site":"north","source":{"asset":"ews-${x % 200}","ip":"198.18.${2 + (x % 20)}.${x % 200}","mac":"00:1b:1b:aa:00:72","port":"plant","vlan":0},"text":"Denied: ews-${x % 200} (198.18.1.72) to plc-${x % 30} (198.18.1.10) with tcp/102 (zone cell-1), because no-conduit.","time":"${time}","zone":"cell-1"}`
  }
  const queues = new Map<string, SentEvent[][]>()
  const add = (of: (typeof mix)[number], moment: Moment): void => {
    const text = body(of, moment)
    const queue = queues.get(of.class) ?? []
    queues.set(of.class, queue)
    if ((queue.at(-1)?.length ?? batchLimit) >= batchLimit) queue.push([])
    const chunk = queue.at(-1)!
    waiting++
    if (of.class === 'P0') {
      const prev = hash
      hash = recordHash(prev, ++n, text)
      chunk.push({ seq: ++seq, body: text, n, prev, hash })
    } else chunk.push({ seq: ++seq, body: text })
  }
  const socket = connect(path)
  const inFlight: { readonly events: number; readonly at: number }[] = []
  const latencies: number[] = []
  let [stored, waiting] = [0, 0]
  const send = (): void => {
    for (const [of, queue] of queues) {
      if (inFlight.length >= 2) return
      const events = queue.shift()
      if (events === undefined) continue
      inFlight.push({ events: events.length, at: performance.now() })
      socket.write(
        `${String.fromCharCode(65 + at)}${JSON.stringify({ type: 'events', store: 'bench', class: of, events })}\n`,
      )
    }
  }
  createInterface({ input: socket }).on('line', () => {
    const { events, at: then } = inFlight.shift()!
    stored += events
    waiting -= events
    latencies.push(performance.now() - then)
    send()
  })
  return {
    add,
    send,
    latencies,
    stored: () => stored,
    waiting: () => waiting,
  }
}

const edges = Array.from({ length: Number(count) }, (_, at) => openEdge(at))
const began = performance.now()
let [made, shares] = [0, mix.map(() => 0)]
const backlogs: number[] = []
const waiting = (): number => edges.reduce((sum, edge) => sum + edge.waiting(), 0)
const tick = (): void => {
  const due = Math.min(Number(seconds), (performance.now() - began) / 1000) * Number(rate)
  const now = Date.now()
  const moment = { time: new Date(now).toISOString(), prefix: base32(now, 10) }
  for (; made < due; made++) {
    // Whichever is furthest behind its share.
    let pick = 0
    for (const [at, { share }] of mix.entries()) {
      shares[at] = shares[at]! + share
      if (shares[at] > shares[pick]!) pick = at
    }
    shares[pick] = shares[pick]! - 1
    edges[made % edges.length]!.add(mix[pick]!, moment)
  }
  for (const edge of edges) edge.send()
  backlogs.push(waiting())
}
const timer = setInterval(() => {
  tick()
  const over = performance.now() - began >= Number(seconds) * 1000
  if (!over || waiting() > 0) return
  clearInterval(timer)
  const took = performance.now() - began
  const latencies = edges.flatMap((edge) => edge.latencies).toSorted((a, b) => a - b)
  const ended = backlogs.slice(0, Math.floor((Number(seconds) * 1000) / tickMs))
  process.stdout.write(
    `${JSON.stringify({
      stored: edges.reduce((sum, edge) => sum + edge.stored(), 0),
      rate: (made / took) * 1000,
      mostWaiting: Math.max(...backlogs),
      lastWaiting: ended.at(-1) ?? 0,
      ackP99: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
    })}\n`,
  )
  process.exit(0)
}, tickMs)
