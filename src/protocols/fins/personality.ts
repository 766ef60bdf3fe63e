/** An Omron controller over FINS/UDP and FINS/TCP. */
import { u32be } from '#core/bytes.ts'
import { definePersonality, silence, type Answer, type TalkContext } from '#core/personality.ts'
import { inUnits } from '../units.ts'
import { commandOf, isRequest, longestFrame, response, tcpCommands, tcpErrors, tcpFrame, tcpHeader } from './codes.ts'
import { frameHeader, tcpUnit, wantsResponse } from './codes.ts'
import { obeyed } from './commands.ts'
import { finsMemory } from './memory.ts'
import type { FinsProfile } from './profile.ts'

/** A datagram that asks may be forged: its answer is no more than this many times its size. */
const amplification = 10
/** Nodes that are given to clients that name none (W421, 7-4-2). */
const automaticNodes = { from: 239, count: 16 }

const lastByte = (address: string): number => Number(address.split('.')[3]) || 0

interface Answered {
  readonly out?: Uint8Array
  readonly note: string
}

const answering = (context: TalkContext, profile: FinsProfile) => {
  const memory = finsMemory(context, profile)
  /** @param most bytes of the response */
  return (frame: Uint8Array, node: number, most: number): Answered | undefined => {
    if (!isRequest(frame)) return undefined
    const room = most - frameHeader - 2
    const { note, code, data } = obeyed({ context, profile, memory, room }, commandOf(frame), frame)
    if (!wantsResponse(frame)) return { note }
    return { note, out: response(frame, node, code, data ?? new Uint8Array(0)) }
  }
}

const answer = (note: string, out?: Uint8Array, close = false): Answer => ({
  send: out === undefined ? [] : [out],
  exchanges: 1,
  notes: [note],
  ...(close && { close: true }),
})

/** One connection: the client says which node it is, or is told; frames follow. */
const overTcp = (context: TalkContext, profile: FinsProfile) => {
  const own = lastByte(context.identity.address)
  const answered = answering(context, profile)
  let client = 0
  const greet = (asked: number): Answer => {
    const node = asked === 0 ? automaticNodes.from + (lastByte(context.peer) % automaticNodes.count) : asked
    const error = node > 254 ? tcpErrors.nodeRange : node === own && asked !== 0 ? tcpErrors.sameNode : 0
    const unit = tcpUnit(tcpCommands.serverAddress, error, Uint8Array.of(0, 0, 0, node, 0, 0, 0, own))
    if (error === 0) client = node
    return answer(`node ${asked}`, unit, error !== 0)
  }
  const obey = (unit: Uint8Array): Answer => {
    const command = u32be(unit, 8)
    if (command === tcpCommands.notice || command === tcpCommands.confirm) return silence
    if (command === tcpCommands.clientAddress && unit.length === 20) return greet(u32be(unit, 16))
    if (command !== tcpCommands.frame || client === 0)
      return answer(`FINS/TCP command ${command}`, tcpUnit(tcpCommands.notice, tcpErrors.command), true)
    const given = answered(unit.subarray(tcpHeader), client, longestFrame)
    if (given === undefined) return answer('no command', tcpUnit(tcpCommands.notice, tcpErrors.length), true)
    return answer(given.note, given.out && tcpUnit(tcpCommands.frame, 0, given.out))
  }
  return inUnits({ longest: tcpHeader + longestFrame, frame: tcpFrame, answer: obey })
}

export const fins = definePersonality<FinsProfile>({
  service: 'fins',
  transports: ['udp', 'tcp'],
  open: (context, profile, transport) => {
    if (transport === 'tcp') return { take: overTcp(context, profile) }
    const answered = answering(context, profile)
    return {
      take: (frame) => {
        if (frame.length > longestFrame) return silence
        const given = answered(frame, 0, Math.min(longestFrame, amplification * frame.length))
        return given === undefined ? silence : answer(given.note, given.out)
      },
    }
  },
})
