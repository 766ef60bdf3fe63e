/** Login decoys against nmap: it says what they claim to be, and names no honeypot. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { needs, nport, panel, run, standUp, station, type Stand } from './decoy-login/stand.ts'

const usual = ['-Pn', '-n', '-sT', '-T5']
const scripts =
  'rdp-enum-encryption,rdp-ntlm-info,smb-protocols,smb2-security-mode,smb2-time,smb2-capabilities,vnc-info,ssl-cert'
let stand: Stand
/** All of it beside each other: nmap waits most of the time. */
let scans: { readonly versions: Promise<string>; readonly scripts: Promise<string> }
before(async () => {
  stand = await standUp()
  const versions = [
    ['-sV', '-p', '22,80,443,5900', panel],
    // Of FTP the scripts alone: all probes for a server that nmap has no name for would take half a minute.
    ['-p', '21', '--script', 'banner,ftp-anon,ftp-syst', panel],
    ['-sV', '-p', '23,80', nport],
    ['-sV', '-p', '445,3389', station],
  ].map((words) => run('nmap', [...usual, ...words]))
  scans = {
    versions: Promise.all(versions).then((all) => all.map(({ out }) => out).join('\n')),
    scripts: run('nmap', [...usual, '-p', '443,445,3389,5900', '--script', scripts, station, panel]).then(
      ({ out }) => out,
    ),
  }
})
after(() => stand.close())

const unwanted = /honeypot|cowrie|dionaea|conpot|kojoney|nepenthes|xrdp|samba|twisted/i

describe('nmap believes', () => {
  it('what decoys are, and names no honeypot', async (t) => {
    if (!needs(t, 'nmap')) return
    const out = await scans.versions
    assert.doesNotMatch(out, unwanted, out)
    assert.doesNotMatch(out, /Anonymous FTP login allowed/, out)
    for (const expected of [
      /21\/tcp +open +ftp\n\|_banner: 220 HMI FTP server ready\./,
      /22\/tcp +open +ssh +Dropbear sshd 2024\.85/,
      /23\/tcp +open +telnet +Moxa NPort 5150 serial-to-IP converter telnetd 3\.8 Build 19091812 \(MAC 00:90:E8:12:34:56; serial number 284611; uptime/,
      /80\/tcp +open +http +MoxaHttp 2\.2/,
      /80\/tcp +open +http +nginx/,
      /443\/tcp +open +ssl\/http +nginx/,
      /445\/tcp +open +microsoft-ds +Microsoft Windows 7 - 10 microsoft-ds \(workgroup: WORKGROUP\)/,
      /3389\/tcp +open +ms-wbt-server +Microsoft Terminal Service/,
      /Host: ENG-WS-20417; OS: Windows/,
      /5900\/tcp +open +vnc +VNC \(protocol 3\.8\)/,
    ])
      assert.match(out, expected, out)
  })
  it('the name, the system and the security of Windows, and of a panel', async (t) => {
    if (!needs(t, 'nmap')) return
    const out = await scans.scripts
    assert.doesNotMatch(out, /ERROR|failed/i, out)
    for (const expected of [
      /SSL: SUCCESS/,
      /RDP 10\.6 server/,
      /rdp-ntlm-info: \n\| +Target_Name: ENG-WS-20417\n.*Product_Version: 10\.0\.17763/s,
      /NT LM 0\.12 \(SMBv1\)/,
      /smb2-security-mode: \n\| +311: \n\|_? +Message signing enabled but not required/,
      /vnc-info: \n\| +Protocol version: 3\.8\n.*VNC Authentication \(2\)/s,
      /ssl-cert: Subject: commonName=HMI-4F1A\/organizationName=Exor International/,
    ])
      assert.match(out, expected, out)
  })
  it('and nothing that it sent threw', () => assert.deepEqual(stand.faults, []))
})
