/** What the kernel's records say of decoys: `kind|subject`, written by policy/nft. Pure. */
import { decodeFrame, macAt, type Frame } from '#packet/decode.ts'
import { addressTaken } from './dhcp.ts'

interface Sender {
  readonly mac: string
  /** Interface that the frame came in by. */
  readonly device?: string
}
export type DecoyRecord = Sender &
  (
    | {
        /** Somebody else uses an address, or is about to. */
        readonly is: 'claim'
        readonly address: string
        readonly how: string
      }
    | {
        /** A decoy sent what none may send. */
        readonly is: 'escape'
        readonly what: string
      }
    | {
        /** Somebody asked for an address at which nobody is. */
        readonly is: 'dark'
        readonly source: string | undefined
        readonly target: string
      }
  )

const prefixes = ['decoy-claim|', 'decoy-escape|', 'decoy-dhcp|', 'dark-arp|'] as const
export const isDecoyRecord = (prefix: string): boolean => prefixes.some((start) => prefix.startsWith(start))

const nobody = '0.0.0.0'

const claimOf = (frame: Frame): { address: string; how: string } | undefined => {
  if (frame.arpOperation >= 0) {
    const { senderIp, targetIp } = frame.arp
    // RFC 5227, 2.1.1: a probe asks for the address and names no sender.
    return senderIp === nobody
      ? { address: targetIp, how: 'probed for it' }
      : { address: senderIp, how: 'claimed it by ARP' }
  }
  return frame.srcIp === '' ? undefined : { address: frame.srcIp, how: 'sent from it' }
}

const escapeOf = (frame: Frame): string => {
  if (frame.arpOperation >= 0) return `ARP for ${frame.arp.targetIp} from ${frame.arp.senderIp}`
  if (frame.srcIp === '') return `EtherType 0x${frame.etherType.toString(16).padStart(4, '0')}`
  return `IP protocol ${frame.proto} from ${frame.srcIp} to ${frame.dstIp}${frame.dport > 0 ? ` port ${frame.dport}` : ''}`
}

/** @returns undefined for what says nothing about decoys */
export const decoyRecord = (prefix: string, bytes: Uint8Array): DecoyRecord | undefined => {
  const [kind] = prefix.split('|')
  const frame = decodeFrame(bytes)
  const mac = macAt(bytes, 6)
  if (kind === 'decoy-claim') {
    const claim = claimOf(frame)
    return claim && { is: 'claim', ...claim, mac }
  }
  if (kind === 'decoy-dhcp') {
    const address = addressTaken(bytes.subarray(Math.max(0, frame.payloadOffset), Math.max(0, frame.end)))
    return address === undefined ? undefined : { is: 'claim', address, how: 'is given it by DHCP', mac }
  }
  if (kind === 'decoy-escape') return { is: 'escape', what: escapeOf(frame), mac }
  if (kind !== 'dark-arp' || frame.arpOperation < 0) return undefined
  const { senderIp, targetIp } = frame.arp
  return { is: 'dark', source: senderIp === nobody ? undefined : senderIp, target: targetIp, mac }
}
