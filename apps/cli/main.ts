#!/usr/bin/env node
console.log("rialto")
