import { Fault } from '#core/errors.ts'
import { interfaceNames, type Device } from './interface-names.ts'
import { errno, SystemError } from './libc.ts'
import { attribute, netfilterHeader, toBe16, toBe32 } from './netlink.ts'
import { NetlinkSocket, protocol } from './netlink-socket.ts'
import { capability, hasCapability } from './process.ts'
import { parseRecord, type RawRecord } from './nflog-record.ts'

export type { Device } from './interface-names.ts'
export type { VlanTag } from './nflog-record.ts'

/** A logged packet with its interfaces named. In the bridge family `inDevice` is the bridge and `physIn` its port. */
export interface NflogRecord extends RawRecord {
  readonly inDevice?: Device
  readonly outDevice?: Device
  readonly physIn?: Device
  readonly physOut?: Device
}

export interface NflogOptions {
  /** The number in `log group N`; one listener per group. */
  readonly group: number
  /** How much of each packet to copy, from the network header; default 256. 0 copies no payload. */
  readonly copyBytes?: number
  readonly onRecord: (record: NflogRecord) => void
  /**
   * Records were lost because this process was late. `lost` is exact and comes with the next record that arrives; a call with 0
   * says at once that something was lost.
   */
  readonly onOverflow: (lost: number) => void
  readonly namespace?: string
  /** Bytes the kernel may hold, default 4 MiB; in an unprivileged namespace `net.core.rmem_max` limits it. */
  readonly receiveBuffer?: number
  /** Datagrams (of up to 64 records) after which others of this process have their turn; 64 when absent. */
  readonly turn?: number
}

export interface Nflog {
  close(): void
}

const subsystem = 4 // NFNL_SUBSYS_ULOG
const packetMessage = subsystem << 8
const configMessage = (subsystem << 8) | 1
const config = { command: 1, mode: 2, bufferSize: 3, timeout: 4, threshold: 5, flags: 6 } as const
const bindCommand = 1
const copyMeta = 1
const copyPacket = 2
const flagSequence = 1
const AF_UNSPEC = 0

/**
 * Reads what rules log with `log prefix "…" group N`, in any family. The event loop is never blocked and no thread is used. The
 * kernel collects up to 64 records or 10 ms into one datagram.
 * @throws Fault `edge-running` when another process listens on the group, `privileges-missing`, `kernel-feature-missing`
 */
export const openNflog = (options: NflogOptions): Nflog => {
  const socket = new NetlinkSocket({
    protocol: protocol.netfilter,
    namespace: options.namespace,
    receiveBuffer: options.receiveBuffer ?? 4 << 20,
  })
  const copy = options.copyBytes ?? 256
  const mode = new Uint8Array(6)
  new DataView(mode.buffer).setUint32(0, copy)
  mode[4] = copy === 0 ? copyMeta : copyPacket
  const configure = (...attributes: Uint8Array[]) =>
    socket.request(configMessage, 0, netfilterHeader(AF_UNSPEC, options.group), ...attributes)
  try {
    configure(attribute(config.command, Uint8Array.of(bindCommand)))
    configure(
      attribute(config.mode, mode),
      attribute(config.bufferSize, toBe32(64 << 10)),
      attribute(config.threshold, toBe32(64)),
      attribute(config.timeout, toBe32(1)),
      attribute(config.flags, toBe16(flagSequence)),
    )
  } catch (error) {
    socket.close()
    throw explain(error, options.group)
  }

  const nameOf = interfaceNames(socket.fd)
  let expected = 0
  const deliver = (record: RawRecord) => {
    if (record.seq !== undefined) {
      const lost = (record.seq - expected) >>> 0
      expected = (record.seq + 1) >>> 0
      // A difference that large is a counter that went back, not four billion lost records.
      if (lost > 0 && lost < 0x80000000) options.onOverflow(lost)
    }
    options.onRecord({
      ...record,
      ...(record.inIndex === undefined ? {} : { inDevice: nameOf(record.inIndex) }),
      ...(record.outIndex === undefined ? {} : { outDevice: nameOf(record.outIndex) }),
      ...(record.physInIndex === undefined ? {} : { physIn: nameOf(record.physInIndex) }),
      ...(record.physOutIndex === undefined ? {} : { physOut: nameOf(record.physOutIndex) }),
    })
  }
  socket.listen(
    (message) => {
      if (message.type !== packetMessage) return
      const record = parseRecord(message.body)
      if (record !== undefined) deliver(record)
    },
    () => options.onOverflow(0),
    options.turn,
  )
  return { close: () => socket.close() }
}

/** The kernel says EPERM both to a process without privilege and to one that asks for a group somebody else has. */
const explain = (error: unknown, group: number): unknown => {
  if (!(error instanceof SystemError)) return error
  if (error.errno === errno.EBUSY || (error.errno === errno.EPERM && hasCapability(capability.netAdmin)))
    return new Fault('edge-running', `Another process already listens on NFLOG group ${group}.`)
  if (error.errno === errno.EPERM)
    return new Fault('privileges-missing', `The kernel refused to open NFLOG group ${group}.`)
  return new Fault('kernel-feature-missing', `The kernel has no NFLOG listener (nfnetlink_log): ${error.message}.`)
}
