/** What confirmed requests ask for: ANSI/ASHRAE 135, clauses 13 to 17 and 21. Each reader says whether the parameters are well-formed. */
import type { Message, ParsedCommand } from '#core/message.ts'
import { nameOf, objectTypes } from './names.ts'
import { communicationStates, deviceStates } from './ops.ts'
import { objectNext, objectValue, putObject, putProperty, readValue } from './properties.ts'
import { readCovNotification, readCovNotificationMultiple } from './reports.ts'
import { readService, type Read } from './read-service.ts'
import { confirmed, confirmedOps } from './services.ts'
import type { Tags } from './tags.ts'

/** A write without a priority has the lowest (19.2.1). */
const lowestPriority = 16

/** An array index, which no rule names. */
const skipIndex = (tags: Tags, number: number): void => {
  tags.primitive(number)
}

/** Object and property as read and changed by most services; what follows them is left to the caller. */
const addressed = (op: string, tags: Tags, message: Message): ParsedCommand | undefined => {
  if (!objectNext(tags, 0)) return undefined
  const type = tags.objectType
  const { instance } = tags
  if (!tags.primitive(1)) return undefined
  const command = putProperty(putObject(message.begin(op), type, instance), tags.unsigned)
  skipIndex(tags, 2)
  return command
}

const readProperty: Read = (op, tags, message) => addressed(op, tags, message) !== undefined && tags.done

const writeProperty: Read = (op, tags, message) => {
  const command = addressed(op, tags, message)
  if (command === undefined || !tags.open(3) || !readValue(tags, 3, command, message)) return false
  command.number('priority', tags.primitive(4) ? tags.unsigned : lowestPriority)
  return tags.done
}

/** A list of values is added or removed; which those are is not looked at. */
const changeList: Read = (op, tags, message) =>
  addressed(op, tags, message) !== undefined && tags.open(3) && tags.skip(message) && tags.done

const readRange: Read = (op, tags, message) => {
  if (addressed(op, tags, message) === undefined) return false
  // By position, by sequence number or by time.
  if (!tags.done && (!tags.next() || !tags.opening || !tags.skip(message))) return false
  return tags.done
}

/** A list of objects, each with a list of properties: read or written, one command for each. */
const multiple =
  (writes: boolean): Read =>
  (op, tags, message) => {
    do {
      if (!message.step() || !objectNext(tags, 0)) return false
      const type = tags.objectType
      const { instance } = tags
      if (!tags.open(1)) return false
      do {
        if (!message.step() || !tags.primitive(0)) return false
        const command = putProperty(putObject(message.begin(op), type, instance), tags.unsigned)
        skipIndex(tags, 1)
        if (writes) {
          if (!tags.open(2) || !readValue(tags, 2, command, message)) return false
          command.number('priority', tags.primitive(3) ? tags.unsigned : lowestPriority)
        }
      } while (!tags.close(1))
    } while (!tags.done)
    return true
  }

/** The file that is read or written; where in it, and what, is not looked at. */
const file: Read = (op, tags, message) => {
  if (!objectValue(tags)) return false
  message.begin(op).number('instance', tags.instance)
  return tags.next() && tags.opening && tags.skip(message) && tags.done
}

const createObject: Read = (op, tags, message) => {
  if (!tags.open(0)) return false
  const command = message.begin(op)
  if (tags.primitive(0)) command.text('object-type', nameOf(objectTypes, tags.unsigned))
  else if (objectNext(tags, 1)) putObject(command, tags.objectType, tags.instance)
  else return false
  if (!tags.close(0)) return false
  return (!tags.open(1) || tags.skip(message)) && tags.done
}

const deleteObject: Read = (op, tags, message) => {
  if (!objectValue(tags)) return false
  putObject(message.begin(op), tags.objectType, tags.instance)
  return tags.done
}

/** A process identifier, then the object that is watched or whose alarm is acknowledged. */
const watched = (op: string, tags: Tags, message: Message): ParsedCommand | undefined =>
  tags.primitive(0) && objectNext(tags, 1) ? putObject(message.begin(op), tags.objectType, tags.instance) : undefined

const acknowledgeAlarm: Read = (op, tags, message) => watched(op, tags, message) !== undefined

const subscribe: Read = (op, tags, message) => {
  if (watched(op, tags, message) === undefined) return false
  tags.primitive(2)
  tags.primitive(3)
  return tags.done
}

const subscribeProperty: Read = (op, tags, message) => {
  const command = watched(op, tags, message)
  if (command === undefined) return false
  tags.primitive(2)
  tags.primitive(3)
  if (!tags.open(4) || !tags.primitive(0)) return false
  putProperty(command, tags.unsigned)
  skipIndex(tags, 1)
  if (!tags.close(4)) return false
  tags.primitive(5)
  return tags.done
}

const subscribeMultiple: Read = (op, tags, message) => {
  if (!tags.primitive(0)) return false
  for (let number = 1; number <= 3; number++) tags.primitive(number)
  if (!tags.open(4)) return false
  do {
    if (!message.step() || !objectNext(tags, 0)) return false
    const type = tags.objectType
    const { instance } = tags
    if (!tags.open(1)) return false
    do {
      if (!message.step() || !tags.open(0) || !tags.primitive(0)) return false
      putProperty(putObject(message.begin(op), type, instance), tags.unsigned)
      skipIndex(tags, 1)
      if (!tags.close(0)) return false
      tags.primitive(1)
      tags.primitive(2)
    } while (!tags.close(1))
  } while (!tags.close(4))
  return tags.done
}

/** A state that is not known is named by none of a rule's words. */
const stated = (states: readonly string[], command: ParsedCommand, state: number): void => {
  const name = states[state]
  if (name !== undefined) command.text('state', name)
}

const communicationControl: Read = (op, tags, message) => {
  tags.primitive(0)
  if (!tags.primitive(1)) return false
  stated(communicationStates, message.begin(op), tags.unsigned)
  tags.primitive(2)
  return tags.done
}

const reinitialize: Read = (op, tags, message) => {
  if (!tags.primitive(0)) return false
  stated(deviceStates, message.begin(op), tags.unsigned)
  tags.primitive(1)
  return tags.done
}

export const privateTransfer: Read = (op, tags, message) => {
  if (!tags.primitive(0)) return false
  const vendor = tags.unsigned
  if (!tags.primitive(1)) return false
  message.begin(op).number('vendor', vendor).number('service-number', tags.unsigned)
  // What stands between the tags is the vendor's own: some put there what is not tagged.
  return tags.done || (tags.open(2) && tags.endsWithClosing(2))
}

/** Process, source, operation, and the object unless it is for all of them. */
const lifeSafety: Read = (op, tags, message) => {
  if (!tags.primitive(0) || !tags.primitive(1) || !tags.primitive(2)) return false
  const command = message.begin(op)
  if (objectNext(tags, 3)) putObject(command, tags.objectType, tags.instance)
  return tags.done
}

const readers: Readonly<Record<number, Read>> = {
  [confirmed.acknowledgeAlarm]: acknowledgeAlarm,
  [confirmed.covNotification]: readCovNotification,
  [confirmed.subscribeCov]: subscribe,
  [confirmed.atomicReadFile]: file,
  [confirmed.atomicWriteFile]: file,
  [confirmed.addListElement]: changeList,
  [confirmed.removeListElement]: changeList,
  [confirmed.createObject]: createObject,
  [confirmed.deleteObject]: deleteObject,
  [confirmed.readProperty]: readProperty,
  [confirmed.readPropertyMultiple]: multiple(false),
  [confirmed.writeProperty]: writeProperty,
  [confirmed.writePropertyMultiple]: multiple(true),
  [confirmed.deviceCommunicationControl]: communicationControl,
  [confirmed.privateTransfer]: privateTransfer,
  [confirmed.reinitializeDevice]: reinitialize,
  [confirmed.readRange]: readRange,
  [confirmed.lifeSafetyOperation]: lifeSafety,
  [confirmed.subscribeCovProperty]: subscribeProperty,
  [confirmed.subscribeCovPropertyMultiple]: subscribeMultiple,
  [confirmed.covNotificationMultiple]: readCovNotificationMultiple,
}

export const readConfirmed = (service: number, tags: Tags, message: Message): void =>
  readService(confirmedOps, readers, service, tags, message)
