/** What a command of ours has under a name. */
import type { ParsedCommand } from '#core/message.ts'

type Span = readonly [low: number, high: number]

/** Ranges, in order. */
export const spansOf = ({ spans, spanNames, lows, highs }: ParsedCommand, ...names: readonly string[]): Span[] =>
  Array.from({ length: spans }, (_, index) => index)
    .filter((index) => names.includes(spanNames[index] ?? ''))
    .map((index) => [lows[index] ?? 0, highs[index] ?? 0])

export const spanOf = (command: ParsedCommand, ...names: readonly string[]): Span | undefined =>
  spansOf(command, ...names)[0]

/** Numbers, or where ranges begin. */
export const numbersOf = (command: ParsedCommand, name: string): number[] => spansOf(command, name).map(([low]) => low)

export const numberOf = (command: ParsedCommand, name: string): number | undefined => spanOf(command, name)?.[0]

export const textsOf = ({ texts, textNames, textValues }: ParsedCommand, ...names: readonly string[]): string[] =>
  textValues.slice(0, texts).filter((_, index) => names.includes(textNames[index] ?? ''))

export const textOf = (command: ParsedCommand, name: string): string | undefined => textsOf(command, name)[0]
