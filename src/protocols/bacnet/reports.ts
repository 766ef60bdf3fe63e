/** Changes of values that a device reports, with and without confirmation: ANSI/ASHRAE 135, clause 13. */
import type { Message } from '#core/message.ts'
import { objectNext, putObject, putProperty, readValue } from './properties.ts'
import type { Read } from './read-service.ts'
import type { Tags } from './tags.ts'

/** A list of BACnetPropertyValue, from its opening tag: one command for each. */
const reported = (op: string, list: number, type: number, instance: number, tags: Tags, message: Message): boolean => {
  if (!tags.open(list)) return false
  while (!tags.close(list)) {
    if (!message.step() || !tags.primitive(0)) return false
    const command = putProperty(putObject(message.begin(op), type, instance), tags.unsigned)
    tags.primitive(1)
    if (!tags.open(2) || !readValue(tags, 2, command, message)) return false
    // Priority, or the time of the change.
    if (!tags.primitive(3) && tags.open(3) && !tags.skip(message)) return false
  }
  return true
}

/** Process, device, object, time remaining, values (13.6). */
export const readCovNotification: Read = (op, tags, message) => {
  if (!tags.primitive(0) || !objectNext(tags, 1) || !objectNext(tags, 2)) return false
  const type = tags.objectType
  const { instance } = tags
  return tags.primitive(3) && reported(op, 4, type, instance, tags, message) && tags.done
}

/** The same of several objects (13.17). */
export const readCovNotificationMultiple: Read = (op, tags, message) => {
  if (!tags.primitive(0) || !objectNext(tags, 1) || !tags.primitive(2)) return false
  if (tags.open(3) && !tags.skip(message)) return false
  if (!tags.open(4)) return false
  while (!tags.close(4)) {
    if (!message.step() || !objectNext(tags, 0)) return false
    if (!reported(op, 1, tags.objectType, tags.instance, tags, message)) return false
  }
  return tags.done
}
