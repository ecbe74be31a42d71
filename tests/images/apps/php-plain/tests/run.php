<?php

require __DIR__ . '/../vendor/autoload.php';

check(Acme\Greeting::for('php') === "Hello from php\n", 'the greeting names the app');
echo "1 passed, 0 failed\n";
