/** A controller that is polled while what judges the polls fails. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeFrame } from '#packet/decode.ts'
import type { Talker } from './cell.ts'
import { Ground, groundPolicy, stations } from './proving-ground.ts'
import { flag } from './raw-peer.ts'
import { Watched } from './watched.ts'

/**
 * ms within which traffic goes on: the limit that holds, and where another test file runs beside this one, what still tells one
 * retransmission (from 200 ms) from two (from 600 ms).
 */
const long = process.env['BULKHEAD_TEST'] === 'long'
export const limitMs = long ? 300 : 550
/** ms between two polls: what a pause is measured by. */
export const pollMs = long ? 1 : 4
export const plc = [stations.plc.ip, 502] as const

interface Polled {
  readonly sent: number
  readonly answered: number
  readonly longest: number
  readonly ended?: string
}

export class FailingScene implements AsyncDisposable {
  readonly ground: Ground
  readonly watched: Watched

  private constructor(ground: Ground, watched: Watched) {
    this.ground = ground
    this.watched = watched
  }

  static async open(
    name: string,
    conduit: Record<string, unknown> = {},
    env: NodeJS.ProcessEnv = {},
  ): Promise<FailingScene> {
    const ground = await Ground.build(name)
    try {
      const daemon = await ground.enforce(groundPolicy({ allow: ['read'], ...conduit }), env)
      return new FailingScene(ground, new Watched(daemon))
    } catch (error) {
      await ground[Symbol.asyncDispose]()
      throw error
    }
  }

  async talker(): Promise<Talker> {
    const talker = this.ground.start('hmi')
    await talker.ask({ connect: plc })
    return talker
  }

  /** Polls for two seconds, while something happens. */
  async during(happens: () => Promise<unknown>, every = pollMs): Promise<Polled> {
    const poller = this.ground.start('hmi', 'test/system/inspection/polls.ts')
    await poller.ask({ connect: plc })
    await poller.ask({ poll: 200, every })
    const polled = poller.ask({ poll: 2000, every })
    await sleep(300)
    await happens()
    const { sent, answered, longest, ended } = await polled
    return {
      sent: Number(sent),
      answered: Number(answered),
      longest: Number(longest),
      ...(typeof ended === 'string' ? { ended } : {}),
    }
  }

  /** Waits until somebody judges, and until what passed before that was told, on a busy machine as well. */
  async settled(): Promise<void> {
    await this.watched.until('judging')
    await sleep(4000)
  }

  /** Packets of Modbus that left the edge on either side since the last call. */
  passed(): number {
    const isModbus = (bytes: Uint8Array) => {
      const { proto, sport, dport, tcpFlags } = decodeFrame(bytes)
      // Resets are the edge's own.
      return proto === 6 && (sport === 502 || dport === 502) && (tcpFlags & flag.rst) === 0
    }
    return ['plant', 'cell'].reduce(
      (sum, port) => sum + this.ground.world.wire(port).drain().filter(isModbus).length,
      0,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ground.daemon?.stop()
    await this.watched.end()
    await this.ground[Symbol.asyncDispose]()
  }
}

export const goesOn = (polled: Polled) => {
  assert.equal(polled.ended, undefined, 'the connection ended')
  assert.equal(polled.answered, polled.sent, 'polls were lost')
  assert.ok(polled.longest <= limitMs, `${polled.longest} ms without an answer`)
}
