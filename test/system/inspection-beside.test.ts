/**
 * Beside a firewall that drops what it does not know, and on a wire with PRP, packets are kept from the IP hooks, where the queue of
 * commands stands: what happens then is what the conduit says about an inspector that is dead, and a person is told.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Nft } from '#linux/nftables.ts'
import { plc } from './inspection/failing.ts'
import { Ground, groundPolicy, read, readAnswer, target, write } from './inspection/proving-ground.ts'
import { Watched } from './inspection/watched.ts'

const firewall =
  'add table inet filter\nadd chain inet filter forward { type filter hook forward priority 0; policy drop; }'

describe('beside a firewall that drops what it does not know', () => {
  for (const [word, passes] of [
    ['open', true],
    ['closed', false],
  ] as const)
    test(`a command that is not allowed ${passes ? 'passes' : 'does not arrive'} where a conduit fails ${word}, a read passes, and it is told`, async () => {
      await using ground = await Ground.build(`beside-${word}`)
      using nft = Nft.open({ namespace: ground.world.edge })
      assert.ok(nft.run(firewall).ok)
      const daemon = await ground.enforce(groundPolicy({ allow: ['read'], 'on-failure': word }))
      const watched = new Watched(daemon)
      await watched.until('judging', word)
      const talker = ground.start('hmi')
      await talker.ask({ connect: plc })
      assert.ok((await talker.exchange(read(1), 13, 3000)).startsWith(readAnswer(1)))
      await talker.exchange(write(2), 12)
      assert.equal(await ground.value(), passes ? 40 : target.before)
      const told = async () => {
        const alarms = (await daemon.call('status', {})).alarms.join(' ')
        return [/commands cannot be judged/, /Another firewall .* commands are not judged/].every((text) =>
          text.test(alarms),
        )
      }
      for (const end = performance.now() + 30_000; performance.now() < end && !(await told()); await sleep(100));
      assert.ok(await told())
      const [window] = await watched.events('failure-window', 1)
      assert.deepEqual(window?.details?.['causes'], ['unreached'], window?.text)
      await daemon.stop()
      await watched.end()
    })
})
