/** What is said and asked without an answer: ANSI/ASHRAE 135, clauses 13, 15 and 16. */
import type { Message } from '#core/message.ts'
import { objectValue, putValue } from './properties.ts'
import { readCovNotification, readCovNotificationMultiple } from './reports.ts'
import { privateTransfer } from './requests.ts'
import { readService, type Read } from './read-service.ts'
import { unconfirmed, unconfirmedOps } from './services.ts'
import type { Tags } from './tags.ts'

const iAm: Read = (op, tags, message) => {
  if (!objectValue(tags)) return false
  message.begin(op).number('device', tags.instance)
  for (let index = 0; index < 3; index++) if (!tags.next() || tags.context || tags.opening) return false
  return tags.done
}

/** Without limits it is for every device, and a rule that limits devices does not hold. */
const whoIs: Read = (op, tags, message) => {
  const command = message.begin(op)
  if (tags.done) return true
  if (!tags.primitive(0)) return false
  const low = tags.unsigned
  if (!tags.primitive(1)) return false
  const high = tags.unsigned
  if (low > high) return false
  command.span('device', low, high)
  return tags.done
}

/** A value for each channel of a group, at the priority of all or one of its own (15.11). */
const writeGroup: Read = (op, tags, message) => {
  if (!tags.primitive(0) || !tags.primitive(1)) return false
  const priority = tags.unsigned
  if (!tags.open(2)) return false
  while (!tags.close(2)) {
    if (!message.step() || !tags.primitive(0)) return false
    const command = message.begin(op).number('priority', tags.primitive(1) ? tags.unsigned : priority)
    if (!tags.next() || !putValue(tags, command, message)) return false
  }
  tags.primitive(3)
  return tags.done
}

const readers: Readonly<Record<number, Read>> = {
  [unconfirmed.iAm]: iAm,
  [unconfirmed.covNotification]: readCovNotification,
  [unconfirmed.privateTransfer]: privateTransfer,
  [unconfirmed.whoIs]: whoIs,
  [unconfirmed.writeGroup]: writeGroup,
  [unconfirmed.covNotificationMultiple]: readCovNotificationMultiple,
}

export const readUnconfirmed = (service: number, tags: Tags, message: Message): void =>
  readService(unconfirmedOps, readers, service, tags, message)
