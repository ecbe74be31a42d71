<?php

return dirname(__DIR__);
