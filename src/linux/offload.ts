import { ioctl, errno, errnoText, lastErrno, StableMemory, close, must, socket } from './libc.ts'
import { inOptionalNamespace } from './enter-namespace.ts'

const AF_INET = 2
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000
const SIOCETHTOOL = 0x8946
const ETHTOOL_GFLAGS = 0x25
const ETHTOOL_SFLAGS = 0x26
const ETH_FLAG_LRO = 1 << 15

/**
 * Turns large receive offload off: it merges frames, and a bridge that forwards merged frames is visible. (The kernel does the
 * same when a port joins a bridge, where the driver lets it; this reports when it does not.)
 * @returns a sentence when it is on and stays on
 */
export const disableOffload = (device: string, namespace?: string): string | undefined => {
  const fd = inOptionalNamespace(namespace, () => must('socket', socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0)))
  const value = new StableMemory(8) // struct ethtool_value { cmd; data }
  try {
    const request = new Uint8Array(40) // struct ifreq { name[16]; data pointer }
    request.set(Buffer.from(device.slice(0, 15)))
    new DataView(request.buffer).setBigUint64(16, value.address, true)
    const call = (command: number, data: number) => {
      value.view.setUint32(0, command, true)
      value.view.setUint32(4, data, true)
      return ioctl(fd, SIOCETHTOOL, request)
    }
    if (call(ETHTOOL_GFLAGS, 0) < 0) return undefined // no ethtool, no offload
    const flags = value.view.getUint32(4, true)
    if ((flags & ETH_FLAG_LRO) === 0) return undefined
    if (call(ETHTOOL_SFLAGS, flags & ~ETH_FLAG_LRO) >= 0) return undefined
    const error = lastErrno()
    const why = error === errno.EOPNOTSUPP ? 'the driver cannot' : errnoText(error)
    return `Large receive offload of "${device}" stays on (${why}): frames may be merged on their way through.`
  } finally {
    value.free()
    close(fd)
  }
}
