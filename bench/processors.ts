/** Benchmarks run on the first processor, so that the scheduler is not in their figures; what they start does so too, unless it is said. */
import { cpus } from 'node:os'
import { pinProcess } from '#linux/process.ts'

export const onFirst = (): void => pinProcess(0, [0])

/** Who starts processes that share what the machine has: a daemon beside who asks it, a manager beside its database and its edges. */
export const onAll = async <T>(work: () => Promise<T>): Promise<T> => {
  pinProcess(
    0,
    cpus().map((_, at) => at),
  )
  try {
    return await work()
  } finally {
    onFirst()
  }
}
