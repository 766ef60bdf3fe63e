/** Verbs that stop a device, or carry its program in or out: commissioning, or an attack; who was there knows which. */
import { sortedUnique } from '#core/order.ts'
import { isProtocolName, vocabularies } from '#protocols/index.ts'
import type { Vocabulary } from '#core/protocol.ts'
import type { Command, Conversation, Sign, SignKind } from '../model.ts'
import { isForDecision } from '../propose/verbs.ts'
import { about, count, messagesOf, some, technique } from './sign.ts'

type Kind = Extract<SignKind, 'device-stop' | 'program-download' | 'program-upload'>

/** Words of op names that say that a device stops, starts or falls silent. */
const stops = /(^|-)(stop|start|restart|reset|halt|hold|init|reinitialize|listen|communication|mode)(-|$)/
const restarts = /(^|-)(restart|reset|reinitialize|init)(-|$)/
const carriesOut = /(^|-)(upload|backup|read|directory)(-|$)/
/** Words that say that a program, a configuration or memory is written. */
const carriesIn =
  /(^|-)(download|write|block|activate|delete|create|copy|edit|update|clear|initialize|save|firmware|swap|preload|memory|add|programming)(-|$)/

const kindOf = ({ protocol, op }: Command): Kind | undefined => {
  if (!isProtocolName(protocol)) return undefined
  const vocabulary: Vocabulary = vocabularies[protocol]
  if (!isForDecision(protocol, vocabulary, op)) return undefined
  const risk = vocabulary.ops[op]?.risk
  if (risk === 'control') return stops.test(op) ? 'device-stop' : undefined
  if (risk === 'file' || carriesOut.test(op)) return 'program-upload'
  return risk === 'program' && carriesIn.test(op) ? 'program-download' : undefined
}

const words: Readonly<Record<Kind, string>> = {
  'device-stop': 'changed the operating mode of',
  'program-download': 'wrote program or configuration to',
  'program-upload': 'read program or files of',
}

const techniquesOf = (kind: Kind, ops: readonly string[]): readonly string[] => {
  switch (kind) {
    case 'program-download':
      return [technique.programDownload]
    case 'program-upload':
      return [technique.programUpload]
    case 'device-stop':
    default:
      return [
        ...(ops.every((op) => restarts.test(op)) ? [] : [technique.changeOperatingMode]),
        ...(ops.some((op) => restarts.test(op) || /(^|-)stop(-|$)/.test(op)) ? [technique.deviceRestartShutdown] : []),
      ]
  }
}

export const engineering = (conversations: readonly Conversation[]): readonly Sign[] =>
  conversations.flatMap(({ vlan, client, server, commands }) =>
    [...Map.groupBy(commands, kindOf)].flatMap(([kind, list]): readonly Sign[] => {
      if (kind === undefined) return []
      const ops = sortedUnique(list.map(({ op }) => op))
      return [
        {
          kind,
          techniques: techniquesOf(kind, ops),
          vlan,
          source: client,
          targets: [server],
          conversations: [],
          commands: sortedUnique(list.map(({ id }) => id)),
          text: `${client} ${words[kind]} ${server}: ${some(ops)}, ${count(messagesOf(list), 'time')}`,
          confidence: 0.9,
          ...about(list),
        },
      ]
    }),
  )
