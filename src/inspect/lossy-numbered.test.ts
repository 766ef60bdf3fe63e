/** IEC 104 on such a wire, whose ends count their messages: with refusals, no number is missed, and none told that was not sent. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listU16le, u16le } from '#core/bytes.ts'
import { Lossy, randomOf } from './lossy.ts'
import { planOf, Wire, type End } from './wire.ts'

const plan = planOf({ service: 'iec104', allow: ['read', 'single-command'] })
const commands = 30
/** Commands that are not confirmed at most. */
const outstanding = 5
const types = { report: 1, allowed: 45, denied: 46 } as const
const causes = { spontaneous: 3, activation: 6, confirmation: 7 } as const

const frame = (sent: number, received: number, type: number, cause: number, address: number): readonly number[] => [
  0x68,
  0x0e,
  ...listU16le(sent << 1),
  ...listU16le(received << 1),
  type,
  1,
  ...listU16le(cause),
  ...listU16le(1),
  ...listU16le(address),
  0,
  1,
]
const acknowledge = (received: number): readonly number[] => [0x68, 4, 1, 0, ...listU16le(received << 1)]
const start = { asked: [0x68, 4, 0x07, 0, 0, 0], confirmed: [0x68, 4, 0x0b, 0, 0, 0] }

const unitsIn = (heard: readonly (number | undefined)[]): Uint8Array[] => {
  const bytes = Uint8Array.from(heard, (byte) => byte ?? 0)
  const units: Uint8Array[] = []
  for (let at = 0; at + 1 < bytes.length;) {
    const stop = at + 2 + (bytes[at + 1] ?? 0)
    if (stop > bytes.length) break
    units.push(bytes.subarray(at, stop))
    at = stop
  }
  return units
}

/** One end of the protocol. */
class Counting {
  readonly name: End
  readonly #line: Lossy
  sent = 0
  received = 0
  /** Units that it has read. */
  read = 0
  #acknowledged = 0
  /** Where in what it says each unit begins. */
  readonly starts: number[] = []

  constructor(name: End, line: Lossy) {
    this.name = name
    this.#line = line
  }

  say(unit: readonly number[]): void {
    const { says } = this.#line.ends[this.name]
    this.starts.push(says.length)
    says.push(...unit)
  }

  tell(type: number, cause: number, address: number): void {
    this.say(frame(this.sent++, this.received, type, cause, address))
  }

  /** Reads what has come. @returns the frames with numbers */
  hear(): Uint8Array[] {
    const { heard, have } = this.#line.ends[this.name]
    const fresh = unitsIn(heard.slice(0, have)).slice(this.read)
    this.read += fresh.length
    return fresh.filter((unit) => {
      const control = unit[2] ?? 0
      if ((control & 3) === 3) return false
      const acknowledged = u16le(unit, 4) >> 1
      assert.ok(acknowledged >= this.#acknowledged && acknowledged <= this.sent, `${this.name}: N(R) ${acknowledged}`)
      this.#acknowledged = acknowledged
      if ((control & 1) === 1) return false
      assert.equal(u16le(unit, 2) >> 1, this.received++, `${this.name}: N(S)`)
      return true
    })
  }
}

const run = (seed: number): void => {
  const random = randomOf(seed)
  const wire = new Wire(plan, 2404)
  const line = new Lossy(wire, random, [0, 5, 20][random(3)] ?? 0, { client: 1000, server: 0x7fff_ff80 })
  const ends = { client: new Counting('client', line), server: new Counting('server', line) }
  const { client, server } = ends
  const isDenied = Array.from({ length: commands }, () => random(3) === 0)
  let [asked, confirmed] = [0, 0]
  const talk = (): void => {
    if (client.starts.length === 0) client.say(start.asked)
    if (server.read === 0 && line.ends.server.have >= start.asked.length) server.say(start.confirmed)
    for (const unit of client.hear()) {
      if (unit[6] !== types.report) confirmed++
      if (random(4) === 0) client.say(acknowledge(client.received))
    }
    for (const unit of server.hear()) {
      server.tell(unit[6] ?? 0, causes.confirmation, unit[12] ?? 0)
      if (random(3) === 0) server.tell(types.report, causes.spontaneous, 9)
    }
    for (; client.read > 0 && asked < commands && asked - confirmed < outstanding; asked++)
      client.tell(isDenied[asked] === true ? types.denied : types.allowed, causes.activation, asked)
  }
  /** Sends whole units; from the first that was not acknowledged where it `repeats`. */
  const send = (from: End, repeats: boolean): void => {
    const end = line.ends[from]
    const { starts } = ends[from]
    let at = repeats ? (starts.findLast((one) => one <= end.acked) ?? 0) : end.sent
    if (at >= end.says.length) return line.send(from, end.sent, end.sent)
    while (at < end.says.length) {
      const begin = at
      const to = starts.filter((one) => one > begin)[random(3)] ?? end.says.length
      line.send(from, at, to)
      at = to
    }
  }
  const isOver = (): boolean =>
    confirmed === commands && Object.values(line.ends).every(({ acked, says }) => acked === says.length)
  for (let turn = 0; !isOver() && turn < 20_000; turn++) {
    talk()
    if (line.isQuiet) {
      wire.now += 250
      send('client', true)
      send('server', true)
    }
    const heard = line.move()
    talk()
    if (heard !== undefined) send(heard, false)
    assert.ok(!line.ends.client.isReset && !line.ends.server.isReset, 'it was reset')
  }
  assert.ok(isOver(), 'it stands still')
  assert.equal(wire.denials.length, isDenied.filter(Boolean).length)
}

test('either end of IEC 104 hears the numbers that it expects, whatever was lost', () => {
  for (let seed = 0; seed < 40; seed++)
    try {
      run(seed)
    } catch (error) {
      throw new Error(`run ${seed}`, { cause: error })
    }
})
