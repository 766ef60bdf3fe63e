import { createHash } from 'node:crypto'
import { ethernet } from '#packet/build.ts'
import { etherTypes } from '#packet/numbers.ts'
import type { World } from '../world/world.ts'

const hex = (frame: Uint8Array): string => Buffer.from(frame).toString('hex')

/** A frame by its length, its headers and all of its bytes; short enough for a difference to be read. */
export const shown = (frame: Uint8Array): string =>
  `${frame.length} bytes ${hex(frame.subarray(0, 60))} sha1 ${createHash('sha1').update(frame).digest('hex')}`

/** LLDP passes in every mode: when it is there, everything sent before it has been handled. */
const end = ethernet({ dst: '01:80:c2:00:00:0e', src: '02:ba:00:00:00:01', etherType: etherTypes.lldp })

/** Everything that comes out at one port when these frames go in at another, in order, complete. */
export const through = async (
  world: World,
  frames: readonly Uint8Array[],
  { from = 'plant', to = 'cell' } = {},
): Promise<Uint8Array[]> => {
  const out = world.wire(to)
  out.drain()
  for (const frame of [...frames, end]) world.wire(from).send(frame)
  const got: Uint8Array[] = []
  for (const limit = performance.now() + 2000; performance.now() < limit && (await out.wait(200));) {
    got.push(...out.drain())
    if (got.some((frame) => hex(frame) === hex(end))) return got.filter((frame) => hex(frame) !== hex(end))
  }
  throw new Error('a frame that always passes did not arrive within 2 s')
}
