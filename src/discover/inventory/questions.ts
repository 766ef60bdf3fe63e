/** What only a person can say about devices. */
import type { Device, Inventory } from '../model.ts'
import { kindWords } from './kind/words.ts'

/** Conclusions below this are asked about. */
export const asked = 0.6

type Question = Inventory['questions'][number]

const addressOf = ({ ips, macs }: Device): string => ips[0] ?? macs[0] ?? ''

/** In the order in which they help: an owner can answer the rest. */
const questionsOf = (device: Device): readonly Question[] => {
  const { id, kind, level, criticality, told, vendor, model } = device
  const maker = [vendor?.value, model?.value].filter((word) => word !== undefined).join(' ')
  const named = `${id} (${[addressOf(device), maker].filter((word) => word !== '').join(', ')})`
  const because = kind.because.slice(0, 2).join('; ')
  return [
    ...(told?.owner === undefined ? [{ device: id, ask: 'owner', text: `Who answers for ${named}?` } as const] : []),
    ...(kind.confidence < asked
      ? [{ device: id, ask: 'kind', text: `What is ${named}? Perhaps ${kindWords(kind.value)}: ${because}.` } as const]
      : []),
    ...(level.confidence < asked
      ? [
          {
            device: id,
            ask: 'level',
            text: `At which Purdue level is ${named}? Perhaps ${level.value}: ${level.because.slice(0, 2).join('; ')}.`,
          } as const,
        ]
      : []),
    ...(told?.criticality === undefined && (criticality.value !== 'low' || kind.confidence < asked)
      ? [
          {
            device: id,
            ask: 'criticality',
            text: `How critical is ${named}? Perhaps ${criticality.value}: ${criticality.because.join('; ')}.`,
          } as const,
        ]
      : []),
  ]
}

/** Nothing is asked about addresses that never answered. */
export const questionsAbout = (devices: readonly Device[]): readonly Question[] =>
  devices.filter(({ silent }) => !silent).flatMap(questionsOf)
