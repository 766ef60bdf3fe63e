/** Several edges that make events at a steady rate and send them in batches, two in flight each, as a link would. Prints what became of it. */
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { genesis, recordHash } from '#schema/chain.ts'
import { batchLimit } from '#schema/link-frames.ts'
import { base32, type Filling, openBody } from './ingest-events.ts'

const [path = '', count = '8', rate = '20000', seconds = '10'] = process.argv.slice(2)
const tickMs = 50

/** What there is of it in a plant: mostly what is only counted. */
const mix = [
  { class: 'P2', kind: 'would-deny', share: 0.6 },
  { class: 'P2', kind: 'conversation', share: 0.1 },
  { class: 'P1', kind: 'denial', share: 0.29 },
  { class: 'P0', kind: 'permit', share: 0.01 },
] as const
const classes = ['P2', 'P1', 'P0'] as const

interface Moment {
  readonly time: string
  readonly prefix: string
}

/** Bytes of an event in a batch at most. */
const most = 1000
const head = 5
const ending = ']}'

/** A batch as it goes over the line: how long it is, of which edge, then its JSON. */
const openBatch = (edge: number, of: string) => {
  const bytes = Buffer.allocUnsafeSlow(batchLimit * most)
  bytes[4] = edge
  const begin = `{"type":"events","store":"bench","class":"${of}","events":[`
  return { bytes, at: head + bytes.write(begin, head, 'latin1'), events: 0 }
}
type Batch = ReturnType<typeof openBatch>

const openEdge = (at: number) => {
  const bodies = new Map(mix.map((of) => [of, openBody(`edge-${at}`, of)]))
  const queues = new Map(classes.map((of) => [of, [] as Batch[]]))
  let [n, hash, seq, serial] = [0, genesis, 0, 0]
  let [stored, waiting] = [0, 0]
  const fillingOf = ({ time, prefix }: Moment): Filling => {
    const x = serial++
    return {
      time,
      id: `${prefix}${base32(x, 6)}0000000000`,
      conduit: String(10 + (x % 20)),
      count: String(10 + (x % 50)),
      plc: String(10 + (x % 30)),
      ews: String(100 + (x % 200)),
      net: String(10 + (x % 20)),
      host: String(20 + (x % 200)).padStart(3, '1'),
    }
  }
  const add = (of: (typeof mix)[number], moment: Moment): void => {
    const queue = queues.get(of.class)!
    if ((queue.at(-1)?.events ?? batchLimit) >= batchLimit) queue.push(openBatch(at, of.class))
    const batch = queue.at(-1)!
    const { bytes } = batch
    const { quoted, text } = bodies.get(of)!
    const filling = fillingOf(moment)
    const put = (part: string): void => void (batch.at += bytes.write(part, batch.at, 'latin1'))
    put(`${batch.events === 0 ? '' : ','}{"seq":${++seq},"body":"`)
    batch.at = quoted.write(bytes, batch.at, filling)
    put('"')
    if (of.class === 'P0') {
      const prev = hash
      hash = recordHash(prev, ++n, text(filling))
      put(`,"n":${n},"prev":"${prev}","hash":"${hash}"`)
    }
    put('}')
    batch.events++
    waiting++
  }
  const socket = connect(path)
  const inFlight: { readonly events: number; readonly at: number }[] = []
  const latencies: number[] = []
  const send = (): void => {
    for (const queue of queues.values()) {
      if (inFlight.length >= 2) return
      const batch = queue.shift()
      if (batch === undefined) continue
      const { bytes, events } = batch
      const end = batch.at + bytes.write(ending, batch.at, 'latin1')
      bytes.writeUInt32BE(end - head)
      inFlight.push({ events, at: performance.now() })
      socket.write(bytes.subarray(0, end))
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
