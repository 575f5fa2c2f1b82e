import tseslint from 'typescript-eslint'
import { boundaries } from './lint/boundaries.js'
import { words } from './lint/words.js'

/** A folder's allowed imports are stated as what it must never import. */
const never = (files, patterns, why) => ({
  files,
  rules: {
    'no-restricted-imports': ['error', { patterns: patterns.map((regex) => ({ regex, message: why })) }],
  },
})

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/**',
      '.data/**',
      '**/target/**',
      '**/dist/**',
      'eslint.config.js',
      'lint/*.js',
      'bench/src/other-clients.mjs',
    ],
  },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-console': 'error',
      eqeqeq: 'error',
      'prefer-const': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
    },
  },
  boundaries,
  words,
  never(
    ['contracts/src/**/*.ts'],
    ['^node:(fs|net|http|child_process)', '^pg$', 'kafka'],
    'contracts are pure declarations: no I/O',
  ),
  never(
    ['flink-like-processor/engine/src/**/*.ts'],
    ['^node:', 'kafka', '^pg$'],
    'the engine is pure: no Kafka, no Postgres, no clock, no environment',
  ),
  never(
    ['flink-like-processor/jobs/src/**/*.ts'],
    ['^node:(?!fs)', 'kafka', '^pg$'],
    'a job is a declarative value: it imports engine and contracts only',
  ),
  never(
    ['flink-like-processor/runtime/src/!(command).ts'],
    ['^@fintech-streams/jobs$', '^pg$'],
    'the runtime runs any jobs: command.ts passes them in',
  ),
  { files: ['**/*.test.ts', '**/*.e2e.ts'], rules: { 'no-restricted-imports': 'off' } },
  { files: ['**/main.ts', '**/command.ts', 'bench/**/*.ts'], rules: { 'no-console': 'off' } },
)
