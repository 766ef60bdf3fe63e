/** Sending packets of our own in the name of an end: onto the port it is not behind, or through the kernel's routes. */
import { close, must, sendto, socket } from './libc.ts'

const AF_PACKET = 17
const AF_INET = 2
const AF_INET6 = 10
const SOCK_RAW = 3
const SOCK_FLAGS = 0o2000000 | 0o4000 // SOCK_CLOEXEC | SOCK_NONBLOCK
const IPPROTO_RAW = 255

/** A packet from its IP header on, and where on the wire it goes; -1 for what is not known. */
export interface Placed {
  readonly bytes: Uint8Array
  readonly vlan: number
  /** Interface to send by. */
  readonly device: number
  readonly toHigh: number
  readonly toLow: number
  readonly fromHigh: number
  readonly fromLow: number
}

/** A packet that cannot be sent is lost, as on a wire. */
export class Injector {
  readonly #packet: number
  readonly #raw4: number
  readonly #raw6: number
  readonly #frame = new Uint8Array(18 + 65_536)
  readonly #address = new Uint8Array(20) // struct sockaddr_ll
  readonly #destination = new Uint8Array(28)

  /** @throws Fault `privileges-missing` */
  constructor() {
    const make = (family: number, protocol: number) =>
      must('socket(SOCK_RAW)', socket(family, SOCK_RAW | SOCK_FLAGS, protocol))
    this.#packet = make(AF_PACKET, 0)
    this.#raw4 = make(AF_INET, IPPROTO_RAW)
    this.#raw6 = make(AF_INET6, IPPROTO_RAW)
  }

  /** Sends an IP packet; on a bridge never by the routes of the machine: they lead elsewhere. */
  send(kind: 'bridge' | 'routed', packet: Placed): void {
    if (kind === 'bridge') this.#bridge(packet)
    else this.#route(packet.bytes)
  }

  /** Out of the port that its receiver is behind. */
  #bridge(place: Placed): void {
    if (place.device < 0 || place.toHigh < 0 || place.fromHigh < 0) return
    const { bytes } = place
    const frame = this.#frame
    const view = new DataView(frame.buffer)
    view.setUint16(0, place.toHigh)
    view.setInt32(2, place.toLow)
    view.setUint16(6, place.fromHigh)
    view.setInt32(8, place.fromLow)
    let at = 12
    if (place.vlan > 0 && place.vlan < 4095) {
      view.setUint16(12, 0x8100)
      view.setUint16(14, place.vlan)
      at = 16
    }
    view.setUint16(at, (bytes[0] ?? 0) >> 4 === 6 ? 0x86dd : 0x0800)
    frame.set(bytes, at + 2)
    const address = new DataView(this.#address.buffer)
    address.setUint16(0, AF_PACKET, true)
    address.setInt32(4, place.device, true)
    this.#address[11] = 6
    sendto(this.#packet, frame, at + 2 + bytes.length, 0, this.#address, 20)
  }

  /** The way the kernel routes it. */
  #route(bytes: Uint8Array): void {
    const isSix = (bytes[0] ?? 0) >> 4 === 6
    const destination = this.#destination
    destination.fill(0)
    new DataView(destination.buffer).setUint16(0, isSix ? AF_INET6 : AF_INET, true)
    if (isSix) destination.set(bytes.subarray(24, 40), 8)
    else destination.set(bytes.subarray(16, 20), 4)
    sendto(isSix ? this.#raw6 : this.#raw4, bytes, bytes.length, 0, destination, isSix ? 28 : 16)
  }

  close(): void {
    for (const fd of [this.#packet, this.#raw4, this.#raw6]) close(fd)
  }
}
