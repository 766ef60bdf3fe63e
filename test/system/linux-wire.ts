import { setTimeout } from 'node:timers/promises'
import { bridgeState, createBridge, removeBridge } from '#linux/bridge.ts'
import { runIp } from '#linux/ip.ts'
import { createNamespace, deleteNamespace } from '#linux/namespace.ts'
import { openPacketSocket, type PacketSocket } from '#linux/packet-socket.ts'
import { sysctls, writeSysctl } from '#linux/sysctl.ts'

/** Two namespaces, `left` and `right`, joined by the invisible bridge `wire0` with the ports `port-l` and `port-r`. */
export interface Wire {
  readonly left: PacketSocket
  readonly right: PacketSocket
  remove(): Promise<void>
}

export const mac = { left: '02:00:00:00:00:01', right: '02:00:00:00:00:02' } as const
export const address = { left: '198.18.1.70', right: '198.18.1.10' } as const

/**
 * @param options.filter whether bridged IP passes the inet family (br_netfilter), which also drops malformed IP
 * @param options.stack whether both ends have IP addresses; then they also speak by themselves
 */
export const createWire = async (options: { filter?: boolean; stack?: boolean } = {}): Promise<Wire> => {
  for (const name of [sysctls.bridgeCallIptables, sysctls.bridgeCallIp6tables, sysctls.bridgeFilterVlanTagged])
    writeSysctl(name, options.filter === true ? 1 : 0)
  writeSysctl(sysctls.bridgeCallArptables, 0)
  for (const side of ['left', 'right'] as const) {
    const port = `port-${side[0]}`
    await createNamespace(side)
    await runIp([
      'link',
      'add',
      port,
      'mtu',
      '9000',
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'mtu',
      '9000',
      'address',
      mac[side],
      'netns',
      side,
    ])
    await runIp(['link', 'set', 'eth0', 'addrgenmode', 'none'], { namespace: side })
    if (options.stack === true)
      await runIp(['address', 'add', `${address[side]}/24`, 'dev', 'eth0'], { namespace: side })
    await runIp(['link', 'set', 'eth0', 'up'], { namespace: side })
  }
  await createBridge({ name: 'wire0', ports: ['port-l', 'port-r'] })
  await forwarding('wire0')
  const left = openPacketSocket({ device: 'eth0', namespace: 'left', promiscuous: true })
  const right = openPacketSocket({ device: 'eth0', namespace: 'right', promiscuous: true })
  return {
    left,
    right,
    remove: async () => {
      left.close()
      right.close()
      await removeBridge('wire0')
      await deleteNamespace('left')
      await deleteNamespace('right')
      for (const port of ['port-l', 'port-r']) await runIp(['link', 'delete', port]).catch(() => undefined)
    },
  }
}

/** A port forwards only after the kernel has seen its carrier, which can take a second. */
export const forwarding = async (bridge: string): Promise<void> => {
  for (let tries = 0; tries < 100; tries++) {
    const state = await bridgeState(bridge)
    if (state?.ports.every((port) => port.carrier && port.state === 'forwarding') === true) return
    await setTimeout(30)
  }
  throw new Error(`the ports of ${bridge} do not forward`)
}

/** Everything that arrives until `count` frames are there or `ms` milliseconds have passed without another. */
export const collect = async (socket: PacketSocket, count: number, ms = 500): Promise<Uint8Array[]> => {
  const frames: Uint8Array[] = []
  while (frames.length < count && (await socket.wait(ms))) frames.push(...socket.drain())
  return frames
}

export const bytes = (...parts: (string | number)[]): Uint8Array => {
  const all = parts.map((part) =>
    typeof part === 'number' ? Buffer.alloc(part, 0x5a) : Buffer.from(part.replace(/[ :]/g, ''), 'hex'),
  )
  return new Uint8Array(Buffer.concat(all))
}

const sum = (data: Uint8Array): number => {
  let total = 0
  for (let i = 0; i < data.length; i += 2) total += (data[i]! << 8) | (data[i + 1] ?? 0)
  while (total > 0xffff) total = (total & 0xffff) + (total >> 16)
  return ~total & 0xffff
}

/** An IPv4 UDP datagram from left to right, complete with its header checksum; `tag` is a VLAN tag's four bytes as hex. */
export const datagram = (
  options: { sourcePort?: number; destinationPort?: number; payload?: number; tag?: string } = {},
): Uint8Array => {
  const { sourcePort = 40_000, destinationPort = 47_808, payload = 32, tag = '' } = options
  const ip = Buffer.from('45000000000040004011000000000000000000000000000000000000', 'hex')
  ip.writeUInt16BE(28 + payload, 2)
  ip.set(address.left.split('.').map(Number), 12)
  ip.set(address.right.split('.').map(Number), 16)
  ip.writeUInt16BE(sum(ip.subarray(0, 20)), 10)
  ip.writeUInt16BE(sourcePort, 20)
  ip.writeUInt16BE(destinationPort, 22)
  ip.writeUInt16BE(8 + payload, 24)
  return new Uint8Array(Buffer.concat([bytes(mac.right, mac.left, tag, '0800'), ip, bytes(payload)]))
}
