/**
 * An operator's screen that speaks EtherNet/IP: reads and writes tags on one connection, and stops a controller.
 *   ip netns exec hmi node lab/devices/enip/operator.ts --host 198.18.1.76 -- 'read Level' 'write Setpoint 300'
 */
import { Controller, Tag, TagGroup } from 'st-ethernet-ip'
import { readArguments, runDevice } from '../arguments.ts'
import { givenOrders, obey, refusable } from '../orders.ts'

/** What the library rejects with when the device refuses. */
const statusOf = (error: unknown): Record<string, unknown> => {
  if (typeof error === 'object' && error !== null && 'generalStatusCode' in error)
    return { status: error.generalStatusCode }
  throw error instanceof Error ? error : new Error(String(error))
}
const named = (tags: readonly Tag[]) => Object.fromEntries(tags.map((tag) => [tag.name, tag.value]))

await runDevice(async () => {
  const { settings, orders } = givenOrders()
  const { host, connected } = readArguments({ host: undefined, connected: 1 }, settings)
  const plc = new Controller(connected === 1)
  plc.timeout_sp = 4000
  await plc.connect(host, 0, false)
  const acts = refusable(statusOf, {
    read: async (name = '') => {
      const tag = new Tag(name)
      await plc.readTag(tag)
      return { value: tag.value }
    },
    write: async (name = '', value = '0') => {
      const tag = new Tag(name)
      await plc.readTag(tag)
      tag.value = Number(value)
      await plc.writeTag(tag)
      return { written: Number(value) }
    },
    /** Several tags in one message. */
    group: async (...names) => {
      const group = new TagGroup()
      const tags = names.map((name) => new Tag(name))
      for (const tag of tags) group.add(tag)
      await plc.readTagGroup(group)
      return { values: named(tags) }
    },
    set: async (kind = '1', instance = '1', attribute = '1', value = '00') => {
      await plc.setAttributeSingle(Number(kind), Number(instance), Number(attribute), Buffer.from(value, 'hex'))
      return { written: value }
    },
  })
  await obey(acts, orders)
  await plc.disconnect()
  process.exit(0)
})
