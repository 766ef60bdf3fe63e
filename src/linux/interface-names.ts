import { ioctl } from './libc.ts'

const SIOCGIFNAME = 0x8910
const SIOCGIFINDEX = 0x8933
const keepMs = 5000

/** An interface as it appears in records: `name` is empty when it no longer exists. */
export interface Device {
  readonly index: number
  readonly name: string
}

/**
 * Names interfaces by index in the network namespace that socket `fd` belongs to, wherever this thread is. Answers are kept for
 * five seconds: an interface can be renamed, its index cannot change.
 */
export const interfaceNames = (
  fd: number,
  now: () => number = () => performance.now(),
): ((index: number) => Device) => {
  const known = new Map<number, { device: Device; until: number }>()
  return (index) => {
    const held = known.get(index)
    if (held !== undefined && held.until > now()) return held.device
    const device = { index, name: interfaceName(fd, index) }
    // Indexes come from the kernel, but interfaces can come and go for years.
    if (known.size > 1024) known.clear()
    known.set(index, { device, until: now() + keepMs })
    return device
  }
}

/** The name of interface `index` in the namespace of socket `fd`; empty when there is none. */
const interfaceName = (fd: number, index: number): string => {
  const request = new Uint8Array(40) // struct ifreq
  new DataView(request.buffer).setInt32(16, index, true)
  if (ioctl(fd, SIOCGIFNAME, request) < 0) return ''
  return Buffer.from(request.buffer, 0, 16).toString('latin1').split('\0', 1)[0] ?? ''
}

/** The index of interface `name` in the namespace of socket `fd`; 0 when there is none. */
export const interfaceIndex = (fd: number, name: string): number => {
  const bytes = Buffer.from(name)
  if (bytes.length === 0 || bytes.length > 15) return 0
  const request = new Uint8Array(40)
  request.set(bytes)
  return ioctl(fd, SIOCGIFINDEX, request) < 0 ? 0 : new DataView(request.buffer).getInt32(16, true)
}
