/** Beginning a command of the vocabulary with the fields that say where it goes. */
import type { Message, ParsedCommand } from '#core/message.ts'
import type { Path } from './path.ts'

/**
 * Slots besides 0 to 255. A request without a route is for the device itself: it has no slot. Where a missing slot could be taken for
 * one that only the unseen start of a connection tells, `direct` says so with a number that no rule allows; `elsewhere` is behind a
 * route that leaves the backplane. Small whole numbers all: another one would be allocated whenever it is handed on.
 */
export const slots = { none: -1, direct: -2, elsewhere: -3 } as const

export const begin = (message: Message, op: string, slot: number): ParsedCommand => {
  const command = message.begin(op)
  if (slot !== slots.none) command.number('slot', slot)
  return command
}

/** What cannot be read further, and is about this as far as it says. */
export const faulty = (message: Message, op: string, slot: number): void => {
  message.fault ??= 'malformed'
  begin(message, op, slot)
}

/**
 * Every class and instance that the path names: a rule has to allow all of them.
 * @param pointsAs what a connection point stands for: an instance, unless a connection is made
 */
export const beginObject = (
  message: Message,
  op: string,
  path: Path,
  slot: number,
  pointsAs: 'instance' | 'connection-point' = 'instance',
): ParsedCommand => {
  const command = message.begin(op)
  const { classes, instances, points } = path
  for (let index = 0; index < classes.count; index++) command.number('class', classes.at(index))
  for (let index = 0; index < instances.count; index++) command.number('instance', instances.at(index))
  for (let index = 0; index < points.count; index++) command.number(pointsAs, points.at(index))
  if (slot !== slots.none) command.number('slot', slot)
  return command
}

export const beginAttribute = (message: Message, op: string, path: Path, slot: number): ParsedCommand => {
  const command = beginObject(message, op, path, slot)
  const { attributes } = path
  for (let index = 0; index < attributes.count; index++) command.number('attribute', attributes.at(index))
  return command
}

export const beginTag = (message: Message, op: string, path: Path, count: number, slot: number): ParsedCommand => {
  const command = message.begin(op).text('tags', path.tag(count))
  if (slot !== slots.none) command.number('slot', slot)
  return command
}

export const unlisted = (message: Message, service: number, path: Path, slot: number): ParsedCommand =>
  beginObject(message, 'unlisted-service', path, slot).number('service-code', service)
