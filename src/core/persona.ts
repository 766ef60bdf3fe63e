/** One device model that decoys claim to be: what it is, how its TCP/IP behaves, and only the services that this model has. */
import type { Transport } from './protocol.ts'

/** One listening port of a persona. */
export interface PersonaService {
  /** Name of the personality in protocols/personalities that answers here. */
  readonly service: string
  readonly transport: Transport
  readonly port: number
  /** The connection begins with TLS (HTTPS). */
  readonly tls?: true
  /** What the personality needs to know of the model; its own type. */
  readonly profile: unknown
}

export interface Persona {
  readonly id: string
  /** For a person: `Siemens SIMATIC S7-1200`. */
  readonly title: string
  readonly vendor: string
  readonly model: string
  readonly firmware: string
  /** As asset kinds of a policy: what a deceive rule may stand in for. */
  readonly kind: 'plc' | 'rtu' | 'gateway' | 'hmi' | 'engineering' | 'server' | 'other'
  /** Vendor prefixes of its Ethernet addresses, from the IEEE registry: `00:1b:1b`. */
  readonly ouis: readonly string[]
  /** Initial IP time to live. */
  readonly ttl: number
  /** TCP window in its SYN-ACK, bytes. */
  readonly window: number
  /** TCP options it offers. */
  readonly timestamps: boolean
  readonly windowScaling: boolean
  readonly sack: boolean
  /** MSS it offers; the link's when absent. */
  readonly mss?: number
  /** Its IP packets are numbered one after the other, whatever they carry. As Linux numbers them when absent: TCP's are not. */
  readonly numbersPackets?: true
  /** Its TCP lets routers fragment its packets. It does not when absent. */
  readonly allowsFragments?: true
  /**
   * Pattern of serials: `#` is a decimal digit, `@` a capital letter, `%` a hexadecimal digit, anything else stands for itself.
   * At least 6 places vary.
   */
  readonly serial: string
  /** Pattern of names, in the same way; 3 to 15 of `A-Z a-z 0-9 -`. */
  readonly name: string
  readonly services: readonly PersonaService[]
}

export const definePersona = (persona: Persona): Persona => persona
