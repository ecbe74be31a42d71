<?php

require __DIR__ . '/../vendor/autoload.php';

header('Content-Type: text/plain');
echo Acme\Greeting::for('php-plain');
