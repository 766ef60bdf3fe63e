/** A controller on a VLAN, where the kernel has no devices for VLANs: its frames get their tag on the way out, and lose it on the way in. */
import { openPacketSocket } from '#linux/packet-socket.ts'
import { segmentChecksum } from '#packet/checksum.ts'
import { Headers } from '#packet/headers.ts'
import type { World } from '../world/world.ts'

const tagOf = (vlan: number) => Uint8Array.of(0x81, 0, vlan >> 8, vlan & 255)

/** A second interface in the namespace of `host`, with this address, that is on the VLAN of the first one. @returns ends it */
export const putOnVlan = async (
  world: World,
  host: string,
  { vlan, mac, ip }: { readonly vlan: number; readonly mac: string; readonly ip: string },
): Promise<() => Promise<void>> => {
  for (const words of [
    `link add inner address ${mac} type veth peer name outer`,
    'link set outer up',
    'link set inner up',
    `address add ${ip} dev inner`,
  ])
    await world.exec(host, 'ip', words.split(' '))
  const wire = world.socket(host)
  const outer = openPacketSocket({ namespace: world.namespaceOf(host), device: 'outer', promiscuous: true })
  const closing = new AbortController()
  const headers = new Headers()
  const out = (frame: Uint8Array) => {
    if (headers.readFrame(frame, 0, frame.length) && headers.protocol === 6) {
      // A sender leaves the checksum to its interface, which here is none.
      const { transportOffset: at, payloadEnd: end, srcOffset, family } = headers
      const sum = segmentChecksum(frame, srcOffset, family === 4 ? 8 : 32, 6, at, end, at + 16)
      frame.set([sum >> 8, sum & 255], at + 16)
    }
    wire.send(Uint8Array.from([...frame.subarray(0, 12), ...tagOf(vlan), ...frame.subarray(12)]))
  }
  const inwards = (frame: Uint8Array) => {
    const [a = 0, b = 0, c = 0, d = 0] = frame.subarray(12, 16)
    if (a === 0x81 && b === 0 && (((c & 15) << 8) | d) === vlan)
      outer.send(Uint8Array.from([...frame.subarray(0, 12), ...frame.subarray(16)]))
  }
  const follow = async (socket: typeof wire, take: (frame: Uint8Array) => void) => {
    while (!closing.signal.aborted) if (await socket.wait(50)) for (const frame of socket.drain()) take(frame)
  }
  const following = Promise.all([follow(outer, out), follow(wire, inwards)])
  return async () => {
    closing.abort()
    await following
    outer.close()
  }
}
