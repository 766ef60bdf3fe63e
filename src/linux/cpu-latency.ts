/**
 * How deeply processors may sleep while there is nothing to do: the kernel's CPU latency limit
 * (Documentation/power/pm_qos_interface.rst). It holds as long as whoever asked for it has the device open, so it ends with the process,
 * however that ends.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'

const device = '/dev/cpu_dma_latency'
const driver = '/sys/devices/system/cpu/cpuidle/current_driver'

/**
 * µs that waking a processor may take. On metal the lightest sleep takes as long, and saves most of the power. A guest has but one sleep,
 * out of which its host wakes it in up to milliseconds: only 0 forbids that one.
 */
const tolerated = (): number => {
  try {
    return readFileSync(driver, 'utf8').trim() === 'haltpoll' ? 0 : 2
  } catch {
    return 2
  }
}

/**
 * Keeps the processors of this machine from sleeping deeply.
 * @returns how to let them; undefined where the machine has no such limit or this process may not ask for one
 */
export const stayAwake = (): (() => void) | undefined => {
  let descriptor: number | undefined
  try {
    descriptor = openSync(device, 'w')
    writeSync(descriptor, new Uint8Array(Int32Array.of(tolerated()).buffer))
    const held = descriptor
    return () => closeSync(held)
  } catch {
    if (descriptor !== undefined) closeSync(descriptor)
    return undefined
  }
}

/** @returns the limit in µs that is in force, whoever asked for it; undefined where it cannot be read */
export const wakeLimit = (): number | undefined => {
  try {
    return readFileSync(device).readInt32LE(0)
  } catch {
    return undefined
  }
}
