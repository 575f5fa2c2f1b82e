import tseslint from 'typescript-eslint'

/** A folder's allowed imports are stated as what it must never import. */
const never = (files, patterns, why) => ({
  files,
  rules: {
    'no-restricted-imports': ['error', { patterns: patterns.map((regex) => ({ regex, message: why })) }],
  },
})

export default tseslint.config(
  { ignores: ['**/node_modules/**', '.data/**', '**/target/**', '**/dist/**', 'eslint.config.js'] },
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
  never(
    ['contracts/src/**/*.ts'],
    ['^@fintech-streams/', '^node:(fs|net|http|child_process)', '^pg$', 'kafka'],
    'contracts are pure declarations: they import no other package and do no I/O',
  ),
  never(
    ['flink-like-processor/src/engine/**/*.ts'],
    ['^node:', '/(jobs|runtime|sink|testing)/', 'kafka', '^pg$', '^@fintech-streams/cli'],
    'the engine is pure: no Kafka, no Postgres, no clock, no environment, nothing of jobs or runtime',
  ),
  never(
    ['flink-like-processor/src/jobs/**/*.ts'],
    ['^node:(?!fs)', '/(runtime|sink)/', 'kafka', '^pg$', '^@fintech-streams/cli'],
    'a job is a declarative value: it imports engine and contracts only',
  ),
  never(
    ['flink-like-processor/src/runtime/**/*.ts'],
    ['/(jobs|sink)/', '^pg$'],
    'the runtime runs any jobs: they are passed in by main.ts',
  ),
  { files: ['**/*.test.ts', '**/*.e2e.ts'], rules: { 'no-restricted-imports': 'off' } },
  { files: ['**/main.ts', '**/command.ts', 'bench/**/*.ts'], rules: { 'no-console': 'off' } },
)
