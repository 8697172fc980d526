#!/usr/bin/env node
import { main } from '../src/kit/cli.js';

process.exitCode = await main(process.argv.slice(2));
