/** What acknowledgements show: ANSI/ASHRAE 135, 15.5 (ReadProperty) and 15.7 (ReadPropertyMultiple). */
import type { Message } from '#core/message.ts'
import { noteIdentity, objectNext, putObject, putProperty, readValue } from './properties.ts'
import { confirmed } from './services.ts'
import type { Tags } from './tags.ts'

const readProperty = (tags: Tags, message: Message): boolean => {
  if (!objectNext(tags, 0)) return false
  const type = tags.objectType
  const { instance } = tags
  if (!tags.primitive(1)) return false
  const property = tags.unsigned
  tags.primitive(2)
  if (!tags.open(3)) return false
  const command = putProperty(putObject(message.begin('read-property'), type, instance), property)
  noteIdentity(tags, type, property, message)
  return readValue(tags, 3, command, message) && tags.done
}

const readPropertyMultiple = (tags: Tags, message: Message): boolean => {
  while (!tags.done) {
    if (!message.step() || !objectNext(tags, 0)) return false
    const type = tags.objectType
    const { instance } = tags
    if (!tags.open(1)) return false
    while (!tags.close(1)) {
      if (!message.step() || !tags.primitive(2)) return false
      const property = tags.unsigned
      tags.primitive(3)
      const command = putProperty(putObject(message.begin('read-property-multiple'), type, instance), property)
      if (tags.open(4)) {
        noteIdentity(tags, type, property, message)
        if (!readValue(tags, 4, command, message)) return false
      } else {
        // Instead of its value, why it cannot be read.
        if (!tags.open(5) || !tags.skip(message)) return false
        message.refused = true
      }
    }
  }
  return true
}

/** Reads a ComplexACK's parameters. Those of other services show nothing that rules are about. */
export const readAnswer = (service: number, tags: Tags, message: Message): void => {
  let formed = true
  if (service === confirmed.readProperty) formed = readProperty(tags, message)
  else if (service === confirmed.readPropertyMultiple) formed = readPropertyMultiple(tags, message)
  if (!formed) message.fault ??= 'malformed'
}
