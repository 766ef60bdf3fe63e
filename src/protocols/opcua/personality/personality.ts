/** An OPC UA server without security: what it is, a process that moves, and no user but the anonymous one. */
import { definePersonality } from '#core/personality.ts'
import { inUnits } from '../../units.ts'
import { frame } from '../chunk.ts'
import type { Conversation } from './call.ts'
import { channelOf, errorUnit } from './channel.ts'
import { limits } from './limits.ts'
import { spaceOf } from './process.ts'
import type { OpcuaProfile } from './profile.ts'
import { status } from './status.ts'

export const opcua = definePersonality<OpcuaProfile>({
  service: 'opcua',
  transports: ['tcp'],
  open: (context, profile) => {
    let given = 0
    let state = (context.identity.seed ^ Math.floor(context.now())) >>> 0
    const conversation: Conversation = {
      context,
      profile,
      space: spaceOf(profile),
      sessions: new Map(),
      written: new Map(),
      next: () => 1000 + ++given,
      chance: () => {
        state = (state + 0x9e37_79b9) >>> 0
        const mixed = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b)
        return (Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35) ^ (mixed >>> 16)) >>> 0 || 1
      },
    }
    return {
      take: inUnits({
        longest: limits.chunk,
        frame: (rest) => frame(rest, 0, rest.length),
        answer: channelOf(conversation),
        otherwise: () => ({ send: [errorUnit(status.tcpMessageTypeInvalid)], exchanges: 0 }),
      }),
    }
  },
})
