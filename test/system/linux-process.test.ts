import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { suite, test, type TestContext } from 'node:test'
import { pinProcess } from '#linux/process.ts'

const child = (t: TestContext, script: string) => {
  const made = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => made.kill('SIGKILL'))
  return made
}

suite('processes', () => {
  test('a pinned process may run on its processor only', async (t) => {
    const pinned = child(t, "console.log('up'); setInterval(() => undefined, 1000)")
    await once(pinned.stdout, 'data')
    pinProcess(pinned.pid ?? -1, [0])
    assert.match(readFileSync(`/proc/${pinned.pid}/status`, 'utf8'), /^Cpus_allowed_list:\s*0$/m)
  })

  test('a process that dies with its parent is gone after the parent was killed', async (t) => {
    const inner = `
      import { dieWithParent } from '#linux/process.ts'
      dieWithParent(15)
      console.log(process.pid)
      setInterval(() => undefined, 1000)`
    const parent = child(
      t,
      `import { spawn } from 'node:child_process'
       spawn(process.execPath, ['--input-type=module-typescript', '-e', ${JSON.stringify(inner)}], { stdio: 'inherit' })
       setInterval(() => undefined, 1000)`,
    )
    const [line] = await once(parent.stdout, 'data')
    const pid = Number(line)
    assert.ok(existsSync(`/proc/${pid}`))
    parent.kill('SIGKILL')
    for (let i = 0; i < 100 && existsSync(`/proc/${pid}`); i++) await setTimeout(20)
    assert.ok(!existsSync(`/proc/${pid}`) || /^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')))
  })
})
