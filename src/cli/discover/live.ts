/** A mirror port as a recording that goes on: everything that comes in by an interface, with what the kernel could not keep. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '#core/errors.ts'
import { openPacketSocket, type PacketSocket } from '#linux/packet-socket.ts'
import { linkTypes } from '#packet/link-layer.ts'
import { recordOf, type CaptureRecord } from '#packet/records.ts'

export interface LiveBatch {
  /** In the order in which they came, numbered from 1; none after a second in which nothing came. */
  readonly records: readonly CaptureRecord[]
  /** Frames that the kernel lost since the batch before, because they came faster than they were read. */
  readonly lost: number
}

export interface LiveOptions {
  /** Ends the reading: what waits is given, and nothing after it. */
  readonly signal: AbortSignal
  readonly namespace?: string
}

/** Frames of one batch: few enough that timers and signals get their turn. */
const maxBatch = 4096
/** Batches given after the end, at most: about what the kernel's buffer holds. A flood has no last frame. */
const maxRest = 64
/** ms of silence after which an empty batch says so. */
const silenceMs = 1000

const recordFrom = (socket: PacketSocket, bytes: Uint8Array, number: number): CaptureRecord => {
  const { seconds, nanoseconds } = socket.time() ?? { seconds: Math.floor(Date.now() / 1000), nanoseconds: 0 }
  return recordOf(bytes, { number, seconds, nanoseconds, linkType: linkTypes.ethernet })
}

/** @param from how many records were given before */
const taken = (socket: PacketSocket, from: number): readonly CaptureRecord[] => {
  const records: CaptureRecord[] = []
  while (records.length < maxBatch) {
    const frame = socket.receive()
    if (frame === undefined) break
    records.push(recordFrom(socket, frame, from + records.length + 1))
  }
  return records
}

/** An interface that is missing here is no port of a policy. */
const opened = (device: string, namespace: string | undefined): PacketSocket => {
  const place = namespace === undefined ? {} : { namespace }
  try {
    return openPacketSocket({ device, promiscuous: true, timestamps: true, ...place })
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'interface-missing') throw error
    throw new Fault(error.code, error.message, {
      details: error.details,
      advice: 'Name one of these: the one that is cabled to the mirror port of the switch.',
    })
  }
}

/**
 * Frames of an interface in promiscuous mode, as they come: VLAN tags where they were on the wire, times of the kernel's clock. It only
 * listens, and nothing is sent.
 * @param device e.g. `eth1`, which the mirror port of a switch leads to
 * @throws Fault `interface-missing` at the beginning, or once the interface is taken away; `privileges-missing`, `not-found` (namespace)
 */
export async function* liveRecords(device: string, { signal, namespace }: LiveOptions): AsyncGenerator<LiveBatch> {
  const socket = opened(device, namespace)
  const wake = Promise.withResolvers<void>()
  const stop = () => wake.resolve()
  signal.addEventListener('abort', stop, { once: true })
  let number = 0
  try {
    while (!signal.aborted) {
      await Promise.race([socket.wait(silenceMs), wake.promise])
      const records = taken(socket, number)
      number += records.length
      yield { records, lost: socket.lost() }
      // A wire that is never silent resolves without a turn of the event loop: timers and signals wait for one.
      if (records.length === maxBatch) await sleep(0)
      if (records.length === 0 && !socket.present())
        throw new Fault('interface-missing', `The interface "${device}" was taken away.`, {
          advice: 'Run `ip link`, and begin again once it is back: what was read so far is kept.',
        })
    }
    for (let batch = 0; batch < maxRest; batch++) {
      const records = taken(socket, number)
      if (records.length === 0) break
      number += records.length
      yield { records, lost: socket.lost() }
    }
  } finally {
    signal.removeEventListener('abort', stop)
    socket.close()
  }
}
