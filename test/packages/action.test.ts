/** action.yml, step by step as a runner takes them, with stand-in files and `gh`; and the hooks. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { startWorld, type World } from '../support/world.ts';

const repo = new URL('../../', import.meta.url).pathname;

interface Step {
  readonly name: string;
  readonly run: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

const action: Action = parse(readFileSync(join(repo, 'action.yml'), 'utf8'));

const DECLARATION = `version: 1
providers:
  openrouter: { credentials: { work: { api_key: "file:~/key" } } }
`;

/** Runs one step of the action with these inputs, and returns what the runner would see. */
function runStep(world: World, name: string, inputs: Readonly<Record<string, string>>) {
  const step = action.runs.steps.find((one) => one.name === name);
  if (step === undefined) throw new Error(`action.yml has no step ${name}`);
  const files = { output: join(world.cwd, '.output'), summary: join(world.cwd, '.summary') };
  for (const file of Object.values(files)) writeFileSync(file, '');
  const values: Record<string, string> = {
    'steps.plan.outputs.plan': join(world.cwd, 'gormes-plan.md'),
    'github.event.pull_request.number': '7',
    'github.token': 'token-of-the-job',
  };
  const fill = (text: string): string =>
    text.replace(/\$\{\{ ([\w.]+) \}\}/g, (_, key: string) => {
      const input = key.replace(/^inputs\./, '');
      if (input === key) return values[key] ?? '';
      return inputs[input] ?? fill(action.inputs[input]?.default ?? '');
    });
  const given = Object.entries(step.env ?? {}).map(([key, value]) => [key, fill(value)]);
  const run = spawnSync('bash', ['-e', '-c', step.run], {
    cwd: world.cwd,
    encoding: 'utf8',
    env: {
      ...world.env,
      GITHUB_ACTION_PATH: repo,
      GITHUB_WORKSPACE: world.cwd,
      GITHUB_REPOSITORY: 'acme/dotfiles',
      GITHUB_OUTPUT: files.output,
      GITHUB_STEP_SUMMARY: files.summary,
      RUNNER_TEMP: world.cwd,
      ...Object.fromEntries(given),
    },
  });
  const read = (file: string): string => readFileSync(file, 'utf8');
  return { ...run, output: read(files.output), summary: read(files.summary) };
}

async function planned(world: World): Promise<void> {
  world.write('gormes.auth.yaml', DECLARATION);
  const { stdout } = await world.gormes(['auth', 'snapshot']);
  world.write('laptop.json', stdout);
  expect(runStep(world, 'Plan', { snapshot: 'laptop.json' })).toMatchObject({ status: 0 });
}

test('no input is part of the text of a script', () => {
  for (const { run } of action.runs.steps) expect(run).not.toContain('${{');
});

test('a valid declaration passes', async () => {
  await using world = await startWorld();
  world.write('gormes.auth.yaml', DECLARATION);
  expect(runStep(world, 'Build gormes', {}).status).toBe(0);
  const step = runStep(world, 'Validate', {});
  expect(step).toMatchObject({ status: 0, output: 'valid=true\n' });
});

test('an invalid one is annotated and fails', async () => {
  await using world = await startWorld();
  world.write('team/gormes.auth.yaml', 'version: 1\nproviders: { openruter: {} }\n');
  const step = runStep(world, 'Validate', { config: 'team/gormes.auth.yaml' });
  expect(step).toMatchObject({ status: 3, output: 'valid=false\n' });
  expect(step.stdout).toContain('::error file=team/gormes.auth.yaml,line=2,');
});

test('a declaration named like an option or a command is only a name', async () => {
  await using world = await startWorld();
  const step = runStep(world, 'Validate', { config: '--json; touch "$(echo run)"' });
  expect(step.status).toBe(3);
  expect(step.stderr).toContain('cannot read');
});

test('the plan against a snapshot is the summary and an output', async () => {
  await using world = await startWorld();
  await planned(world);
  const step = runStep(world, 'Plan', { snapshot: 'laptop.json\n' });
  expect(step).toMatchObject({ status: 0, output: `plan=${world.cwd}/gormes-plan.md\n` });
  expect(step.summary).toContain('### gormes auth plan');
  expect(step.summary).toContain('`openrouter/work`');
});

test('a snapshot that is none fails the step', async () => {
  await using world = await startWorld();
  world.write('gormes.auth.yaml', DECLARATION);
  world.write('laptop.json', '[]');
  expect(runStep(world, 'Plan', { snapshot: 'laptop.json' }).status).not.toBe(0);
});

test('the comment is made once, and written over the next time', async () => {
  await using world = await startWorld();
  await planned(world);
  world.program('gh', {});
  expect(runStep(world, 'Comment', {}).status).toBe(0);
  world.program('gh', { stdout: '991\n' });
  expect(runStep(world, 'Comment', {}).status).toBe(0);
  const calls = world.calls('gh').map(({ argv }) => argv.filter((word) => !word.startsWith('.')));
  const body = `body=@${world.cwd}/gormes-comment.md`;
  const comments = 'repos/acme/dotfiles/issues/7/comments';
  expect(calls).toEqual([
    ['api', '--paginate', comments, '--jq'],
    ['api', '--silent', '--method', 'POST', comments, '-F', body],
    ['api', '--paginate', comments, '--jq'],
    ['api', '--silent', '--method', 'PATCH', 'repos/acme/dotfiles/issues/comments/991', '-F', body],
  ]);
  expect(readFileSync(join(world.cwd, 'gormes-comment.md'), 'utf8')).toMatch(
    /^<!-- gormes auth plan -->\n### gormes auth plan\n/,
  );
});

test('a token that may not comment does not fail the job', async () => {
  await using world = await startWorld();
  await planned(world);
  world.program('gh', { exitCode: 1 });
  const step = runStep(world, 'Comment', {});
  expect(step.status).toBe(0);
  expect(step.stdout).toContain('::notice title=gormes::');
});

test('the hooks run in pre-commit itself, on each declaration', async () => {
  await using world = await startWorld();
  const program = join(world.env.PATH?.split(':')[0] ?? '', 'gormes');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${world.programFile}' "$@"\n`);
  chmodSync(program, 0o755);
  const identity = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.com' };
  const committer = { GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.com' };
  const env = { ...world.env, ...identity, ...committer, HTTPS_PROXY: '', HTTP_PROXY: '' };
  const sh = (cwd: string, line: string) =>
    spawnSync('sh', ['-c', line], { cwd, env, encoding: 'utf8' });

  const hooks = join(world.userHome, 'hooks');
  mkdirSync(join(hooks, 'scripts'), { recursive: true });
  for (const name of ['.pre-commit-hooks.yaml', 'scripts/pre-commit-hook.sh']) {
    cpSync(join(repo, name), join(hooks, name));
  }
  expect(sh(hooks, 'git init -q && git add . && git commit -qm hooks')).toMatchObject({
    status: 0,
  });
  const rev = sh(hooks, 'git rev-parse HEAD').stdout.trim();
  world.write(
    '.pre-commit-config.yaml',
    `repos:\n- { repo: "${hooks}", rev: ${rev}, hooks: [{ id: gormes-validate }, { id: gormes-fmt }] }\n`,
  );
  world.write('gormes.auth.yaml', 'version: 1\nproviders: { openruter: {} }\n');
  world.write('b/gormes.auth.yaml', DECLARATION);
  const bad = sh(world.cwd, 'git init -q && git add . && pre-commit run --all-files');
  expect(bad.stdout).toContain('gormes.auth.yaml:2:14');
  expect(bad.stdout).toContain('b/gormes.auth.yaml is valid.');
  expect(bad.stdout).toMatch(/gormes auth validate\.+Failed/);
  expect(bad.status).toBe(1);

  world.write('gormes.auth.yaml', DECLARATION);
  const good = sh(world.cwd, 'pre-commit run gormes-validate --all-files');
  expect(good, good.stdout).toMatchObject({ status: 0 });
});
