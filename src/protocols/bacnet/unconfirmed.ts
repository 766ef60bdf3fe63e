/** What is said and asked without an answer: ANSI/ASHRAE 135, clauses 13, 15 and 16. */
import type { Message } from '#core/message.ts'
import { readCovNotification, readCovNotificationMultiple } from './reports.ts'
import { privateTransfer } from './requests.ts'
import { unconfirmed, unconfirmedOps } from './services.ts'
import { application, type Tags } from './tags.ts'

type Read = (op: string, tags: Tags, message: Message) => boolean

const iAm: Read = (op, tags, message) => {
  if (!tags.next() || tags.context || tags.number !== application.object || tags.length !== 4) return false
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
  command.span('device', low, high)
  return low <= high && tags.done
}

/** A value for each channel of a group, at the priority of all or one of its own (15.11). */
const writeGroup: Read = (op, tags, message) => {
  if (!tags.primitive(0) || !tags.primitive(1)) return false
  const priority = tags.unsigned
  if (!tags.open(2)) return false
  while (!tags.close(2)) {
    if (!message.step() || !tags.primitive(0)) return false
    const command = message.begin(op).number('priority', tags.primitive(1) ? tags.unsigned : priority)
    if (!tags.next() || tags.closing) return false
    if (tags.opening) {
      command.unreadable = true
      if (!tags.skip(message)) return false
    } else tags.putValue(command)
  }
  tags.primitive(3)
  return tags.done
}

const readers: readonly (Read | undefined)[] = (() => {
  const list: (Read | undefined)[] = unconfirmedOps.map(() => undefined)
  list[unconfirmed.iAm] = iAm
  list[unconfirmed.covNotification] = readCovNotification
  list[unconfirmed.covNotificationMultiple] = readCovNotificationMultiple
  list[unconfirmed.privateTransfer] = privateTransfer
  list[unconfirmed.whoIs] = whoIs
  list[unconfirmed.writeGroup] = writeGroup
  return list
})()

export const readUnconfirmed = (service: number, tags: Tags, message: Message): void => {
  const op = unconfirmedOps[service]
  if (op === undefined) {
    message.begin('unlisted').number('service-number', service)
    return
  }
  const read = readers[service]
  if (read === undefined) message.begin(op)
  else if (!read(op, tags, message)) {
    if (message.count === 0) message.begin(op)
    message.fault ??= 'malformed'
  }
}
