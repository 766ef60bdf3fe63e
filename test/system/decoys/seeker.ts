/** Somebody who looks around on a wire of this network's bridge, frame by frame. Run under scripts/isolate.sh. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createBridge } from '#linux/bridge.ts'
import { openPacketSocket } from '#linux/packet-socket.ts'
import { runBatch } from '#linux/station-batch.ts'
import { arp, ethernet, ipv4, tcp } from '#packet/build.ts'
import { decodeFrame, macAt } from '#packet/decode.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'

export const bridge = 'br0'
export const port = 'plant'
const broadcast = 'ff:ff:ff:ff:ff:ff'

export interface Seeker {
  readonly namespace: string
  readonly mac: string
  readonly ip: string
  send(frame: Uint8Array): void
  /** Frames of others that arrive within `ms`, after sending what is given. */
  heard(ms: number, ...frames: readonly Uint8Array[]): Promise<Uint8Array[]>
  /** A question for an address. @param sender who asks; 0.0.0.0 makes it a probe */
  who(target: string, sender?: string): Uint8Array
  /** The Ethernet address that an address is answered with. */
  macOf(target: string): Promise<string | undefined>
  /** The answer of TCP to a SYN that this machine's own TCP knows nothing of. */
  syn(to: { mac: string; ip: string }, port: number, options: Uint8Array): Promise<Uint8Array | undefined>
  close(): void
}

/** Makes the bridge of this network with the seeker at its port. */
export const openSeeker = async (): Promise<Seeker> => {
  const namespace = 'seeker'
  const mac = '02:00:00:00:02:66'
  const ip = '198.18.1.99'
  await runBatch('ip', [
    `netns add ${namespace}`,
    `link add ${port} index 100 type veth peer name eth0 index 200 netns ${namespace}`,
  ])
  const own = [`link set eth0 address ${mac} addrgenmode none up`, `address add ${ip}/24 dev eth0`]
  await runBatch('ip', own, { namespace })
  await createBridge({ name: bridge, ports: [port] })
  const wire = openPacketSocket({ device: 'eth0', namespace, promiscuous: true })

  const heard: Seeker['heard'] = async (ms, ...frames) => {
    wire.drain()
    for (const frame of frames) wire.send(frame)
    await sleep(ms)
    return wire.drain().filter((frame) => macAt(frame, 6) !== mac)
  }
  const who: Seeker['who'] = (target, sender = ip) =>
    ethernet({
      dst: broadcast,
      src: mac,
      etherType: etherTypes.arp,
      payload: arp({
        operation: 1,
        senderMac: mac,
        senderIp: sender,
        targetMac: '00:00:00:00:00:00',
        targetIp: target,
      }),
    })
  return {
    namespace,
    mac,
    ip,
    send: (frame) => wire.send(frame),
    heard,
    who,
    macOf: async (target) => {
      // A busy machine answers later; one that does not answer at all is asked as often.
      for (let tries = 0; tries < 4; tries++) {
        const [answer] = await heard(60, who(target))
        if (answer !== undefined) return macAt(answer, 6)
      }
      return undefined
    },
    syn: async (to, dport, options) => {
      const ends = { src: ip, dst: to.ip }
      const segment = tcp(ends, { sport: 45_001, dport, flags: 2, options })
      const packet = ipv4({ ...ends, proto: ipProtocols.tcp, payload: segment })
      const frames = await heard(80, ethernet({ dst: to.mac, src: mac, etherType: etherTypes.ipv4, payload: packet }))
      return frames.find((frame) => decodeFrame(frame).proto === ipProtocols.tcp)
    },
    close: () => wire.close(),
  }
}
