<?php
echo "php:" . fgets(STDIN);
